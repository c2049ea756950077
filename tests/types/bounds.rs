//! Bounds, to the byte: what just fits is taken, what just does not is refused by name.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_store::{
    ApiKeyHash, AssetId, ConflictId, ConflictKind, MergeConflict, Name, NamespacePath, NewConflict,
    Operations, Page, Properties, PropertyChanges, PropertyKey, Secret, SmallSet, TenantId, Text,
};
use serde_json::json;

use super::checks::{refused, round_trips, unreadable};
use super::samples;

#[test]
fn a_name_has_1_to_255_bytes() {
    for length in [1, 255] {
        round_trips(&Name::new("n".repeat(length)).unwrap());
    }
    for length in [0, 256] {
        let long = "n".repeat(length);
        refused(Name::new(long.as_str()), "name", "1 to 255 bytes");
        unreadable::<Name>(&json!(long), "name", "1 to 255 bytes");
    }
}

#[test]
fn a_name_is_measured_in_bytes_and_not_in_characters() {
    round_trips(&Name::new(format!("{}é", "n".repeat(253))).unwrap());
    refused(Name::new(format!("{}é", "n".repeat(254))), "name", "not 256");
}

#[test]
fn a_name_has_no_control_character() {
    for control in ['\0', '\t', '\n', '\u{1f}', '\u{7f}', '\u{85}'] {
        let name = format!("a{control}b");
        refused(Name::new(name.as_str()), "name", "control character at byte 1; take it out");
        unreadable::<Name>(&json!(name), "name", "control character");
    }
}

#[test]
fn a_path_has_1_to_32_names() {
    let names = |count: usize| vec![Name::new("n").unwrap(); count];
    for count in [1, 32] {
        round_trips(&NamespacePath::new(names(count)).unwrap());
    }
    for count in [0, 33] {
        refused(NamespacePath::new(names(count)), "namespace", "1 to 32 names");
        unreadable::<NamespacePath>(&json!(vec!["n"; count]), "namespace", "1 to 32 names");
    }
}

#[test]
fn a_path_has_1024_bytes_at_the_most() {
    let names = |last: usize| {
        let mut names = vec!["n".repeat(255); 4];
        names.push("n".repeat(last));
        names
    };
    let path = |names: Vec<String>| {
        NamespacePath::new(
            names.into_iter().map(|name| Name::new(name).unwrap()).collect::<Vec<_>>(),
        )
    };
    round_trips(&path(names(4)).unwrap());
    refused(path(names(5)), "namespace", "at most 1024 bytes in all, not 1025");
    unreadable::<NamespacePath>(&json!(names(5)), "namespace", "at most 1024 bytes");
}

#[test]
fn a_path_is_made_of_names() {
    unreadable::<NamespacePath>(&json!(["a", ""]), "name", "1 to 255 bytes");
    refused("".parse::<NamespacePath>(), "name", "1 to 255 bytes");
}

#[test]
fn a_text_has_64_kib_at_the_most() {
    for length in [0, 64 * 1024] {
        round_trips(&Text::new("t".repeat(length)).unwrap());
    }
    let long = "t".repeat(64 * 1024 + 1);
    refused(Text::new(long.as_str()), "text", "at most 65536 bytes, not 65537");
    unreadable::<Text>(&json!(long), "text", "at most 65536 bytes");
}

#[test]
fn a_text_holds_every_character_but_u_0000() {
    round_trips(&Text::new("\u{1}\t\n\r\u{7f}\u{fffd}\u{10ffff}").unwrap());
    refused(Text::new("ab\0c"), "text", "U+0000 at byte 2; take it out");
    unreadable::<Text>(&json!("ab\0c"), "text", "U+0000");
}

#[test]
fn a_property_key_has_1_to_255_bytes_and_no_u_0000() {
    for key in ["k".repeat(255), ".".into(), "$set".into(), "a b\n".into(), "ключ.日本".into()]
    {
        round_trips(&PropertyKey::new(key).unwrap());
    }
    for key in [String::new(), "k".repeat(256)] {
        refused(PropertyKey::new(key.as_str()), "property key", "1 to 255 bytes");
        unreadable::<Properties>(&json!({ key: "" }), "property key", "1 to 255 bytes");
    }
    refused(PropertyKey::new("a\0"), "property key", "U+0000 at byte 1; take it out");
    unreadable::<Properties>(&json!({ "a\0": "" }), "property key", "U+0000");
}

#[test]
fn properties_have_1024_entries_at_the_most() {
    let entries = |count: usize| -> BTreeMap<String, String> {
        (0..count).map(|index| (format!("k{index}"), String::new())).collect()
    };
    let properties = |count| {
        let entries = entries(count);
        Properties::from_pairs(entries.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    };
    round_trips(&properties(1024).unwrap());
    refused(properties(1025), "properties", "at most 1024 entries, not 1025");
    unreadable::<Properties>(&json!(entries(1025)), "properties", "at most 1024 entries");
}

#[test]
fn properties_have_256_kib_of_keys_and_values_at_the_most() {
    let value = "v".repeat(64 * 1024 - 1);
    let pairs = |last| ["a", "b", "c", last].map(|key| (key, value.as_str()));
    round_trips(&Properties::from_pairs(pairs("d")).unwrap());
    refused(Properties::from_pairs(pairs("dd")), "properties", "at most 262144 bytes in all");
    let json = json!(BTreeMap::from(pairs("dd")));
    unreadable::<Properties>(&json, "properties", "at most 262144 bytes in all");
}

#[test]
fn the_value_of_a_property_is_a_text() {
    refused(Properties::from_pairs([("k", "\0")]), "text", "U+0000");
    unreadable::<Properties>(&json!({ "k": "t".repeat(64 * 1024 + 1) }), "text", "65536");
}

#[test]
fn of_a_key_that_comes_twice_the_last_value_stays() {
    let twice = Properties::from_pairs([("k", "1"), ("k", "2")]).unwrap();
    assert_eq!(twice, Properties::from_pairs([("k", "2")]).unwrap());
}

#[test]
fn a_key_is_set_or_removed_and_not_both() {
    let set = Properties::from_pairs([("k", "1"), ("l", "2")]).unwrap();
    let key = |key: &str| BTreeSet::from([PropertyKey::new(key).unwrap()]);
    round_trips(&PropertyChanges::new(set.clone(), key("m")).unwrap());
    refused(PropertyChanges::new(set, key("l")), "remove", "\"l\" is both set and removed");
    let json = json!({ "set": { "l": "" }, "remove": ["l"] });
    unreadable::<PropertyChanges>(&json, "remove", "choose one");
}

#[test]
fn at_most_1024_keys_are_removed_at_once() {
    let keys = |count: usize| -> BTreeSet<PropertyKey> {
        (0..count).map(|index| PropertyKey::new(format!("k{index}")).unwrap()).collect()
    };
    let changes = |count| PropertyChanges::new(Properties::default(), keys(count));
    round_trips(&changes(1024).unwrap());
    refused(changes(1025), "remove", "at most 1024 keys, not 1025");
    let json = json!({ "remove": keys(1025) });
    unreadable::<PropertyChanges>(&json, "remove", "at most 1024 keys");
}

#[test]
fn changed_properties_keep_their_bounds() {
    let keys: Vec<String> = (0..1024).map(|index| format!("k{index}")).collect();
    let full = Properties::from_pairs(keys.iter().map(|key| (key.as_str(), ""))).unwrap();
    let add = Properties::from_pairs([("one more", "")]).unwrap();
    let more = PropertyChanges::new(add.clone(), BTreeSet::new()).unwrap();
    refused(full.changed(&more), "properties", "at most 1024 entries");
    let swap = BTreeSet::from([PropertyKey::new("k0").unwrap()]);
    let same = full.changed(&PropertyChanges::new(add, swap).unwrap()).unwrap();
    assert_eq!(same.entries().len(), 1024);
}

#[test]
fn a_set_has_256_items_at_the_most() {
    for count in [0, 256] {
        round_trips(&SmallSet::new(0..count).unwrap());
    }
    refused(SmallSet::new(0..257), "set", "at most 256 items, not 257");
    unreadable::<SmallSet<u32>>(&json!((0..257).collect::<Vec<_>>()), "set", "at most 256 items");
}

#[test]
fn an_item_that_comes_twice_is_one_item() {
    assert_eq!(SmallSet::new((0..300).map(|item| item % 2)).unwrap().items().len(), 2);
}

#[test]
fn a_commit_has_1_to_1000_operations() {
    let operations = |count: usize| vec![samples::delete("a"); count];
    for count in [1, 1000] {
        round_trips(&Operations::new(operations(count)).unwrap());
    }
    for count in [0, 1001] {
        refused(Operations::new(operations(count)), "operations", "1 to 1000 operations");
        let json = serde_json::to_value(operations(count)).unwrap();
        unreadable::<Operations>(&json, "operations", "1 to 1000 operations");
    }
}

#[test]
fn a_commit_has_4_mib_at_the_most() {
    // A namespace and a name of one byte each, and all the rest of 64 KiB.
    let operations = |last: usize| {
        let mut operations = vec![samples::put(64 * 1024 - 2); 63];
        operations.push(samples::put(last));
        operations
    };
    round_trips(&Operations::new(operations(64 * 1024 - 2)).unwrap());
    let over = operations(64 * 1024 - 1);
    refused(Operations::new(over.clone()), "operations", "at most 4194304 bytes in all");
    let json = serde_json::to_value(over).unwrap();
    unreadable::<Operations>(&json, "operations", "at most 4194304 bytes in all");
}

#[test]
fn a_secret_has_1_to_4096_bytes_and_no_u_0000() {
    for length in [1, 4096] {
        round_trips(&Secret::new("s".repeat(length)).unwrap());
    }
    for length in [0, 4097] {
        let secret = "s".repeat(length);
        refused(Secret::new(secret.as_str()), "secret", "1 to 4096 bytes");
        unreadable::<Secret>(&json!(secret), "secret", "1 to 4096 bytes");
    }
    refused(Secret::new("s\0"), "secret", "U+0000; take it out");
    unreadable::<Secret>(&json!("s\0"), "secret", "U+0000");
}

#[test]
fn an_api_key_hash_has_1_to_255_bytes_and_no_u_0000() {
    for length in [1, 255] {
        round_trips(&ApiKeyHash::new("h".repeat(length)).unwrap());
    }
    for length in [0, 256] {
        let hash = "h".repeat(length);
        refused(ApiKeyHash::new(hash.as_str()), "api_key_hash", "1 to 255 bytes");
        unreadable::<ApiKeyHash>(&json!(hash), "api_key_hash", "1 to 255 bytes");
    }
    refused(ApiKeyHash::new("h\0"), "api_key_hash", "U+0000; take it out");
    unreadable::<ApiKeyHash>(&json!("h\0"), "api_key_hash", "U+0000");
}

#[test]
fn an_id_is_a_uuid() {
    refused("1".parse::<TenantId>(), "tenant_id", "length");
    assert!(serde_json::from_value::<TenantId>(json!("1")).is_err());
    for id in ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
        round_trips(&id.parse::<TenantId>().unwrap());
    }
}

#[test]
fn what_only_a_store_finds_cannot_be_reported() {
    let (conflict, asset) = (ConflictId::from(samples::uuid(1)), AssetId::from(samples::uuid(2)));
    for kind in samples::conflict_kinds() {
        let json = serde_json::to_value(MergeConflict {
            id: conflict,
            asset,
            kind: kind.clone(),
            resolution: None,
        });
        let mut json = json.unwrap();
        json.as_object_mut().unwrap().remove("resolution");
        let reported = NewConflict::new(conflict, asset, kind.clone());
        match kind {
            ConflictKind::SchemaChange { .. } | ConflictKind::DataOverlap { .. } => {
                round_trips(&reported.unwrap());
                assert!(serde_json::from_value::<NewConflict>(json).is_ok());
            }
            _ => {
                refused(reported, "kind", "report schema_change or data_overlap");
                unreadable::<NewConflict>(&json, "kind", "schema_change or data_overlap");
            }
        }
    }
}

#[test]
fn a_page_has_at_least_one_row() {
    round_trips(&Page::<Name>::all());
    round_trips(&Page::<Name>::all().then(Name::new("n").unwrap()));
    let error = serde_json::from_value::<Page<Name>>(json!({ "limit": 0 })).unwrap_err();
    assert!(error.to_string().contains("expected a nonzero u32"), "{error}");
}
