//! Values that databases are known to change: every one comes back as it was.

use std::collections::BTreeMap;

use pangolin_store::*;
use serde_json::{Value, json};

use super::fixtures::*;
use super::scenes::*;
use super::stores::{Store, on_every_store};

/// Texts that are easily changed or taken for another value.
const NASTY: [&str; 24] = [
    "%",
    "_",
    "\\",
    "'",
    "''",
    "\"",
    "`",
    "$",
    "$set",
    ".",
    "a.b",
    "{}",
    "[]",
    "null",
    "NULL",
    "0",
    "1e3",
    " ",
    "a ",
    " a",
    "e\u{301}",
    "é",
    "\u{feff}a",
    "\u{10ffff}",
];

/// Checks that `properties` of business metadata come back as `value`.
async fn json_survives(store: &Store, value: Value) {
    let properties = super::fixtures::json(value.clone());
    let write = MetadataWrite { properties, ..metadata("") };
    store.upsert_business_metadata(ACME, id(1), &write).await.unwrap();
    let read = store.get_business_metadata(ACME, id(1)).await.unwrap().unwrap();
    assert_eq!(read.properties.value(), &value);
    assert_eq!(read.properties.value().to_string(), value.to_string());
}

fn with_an_asset(body: impl AsyncFn(&Store)) {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        body(store).await;
    });
}

#[test]
fn names_are_kept_and_compared_to_the_byte() {
    in_a_tenant(async |store| {
        let names = [&NASTY[..], &["a", "A"]].concat();
        for (number, called) in (1..).zip(&names) {
            store.create_warehouse(ACME, &warehouse(number, called)).await.unwrap();
        }
        for (number, called) in (1..).zip(&names) {
            let found = store.get_warehouse(ACME, &name(called)).await.unwrap();
            assert_eq!(found, Some(warehouse(number, called)));
        }
    });
}

#[test]
fn names_of_255_bytes_are_kept_and_told_apart() {
    in_a_catalog(async |store| {
        for (number, last) in [(1, "a"), (2, "b")] {
            let long = "n".repeat(254) + last;
            add(store, "main", asset(number, ["ns"], &long)).await;
            let at = asset_ref("main", ["ns"], &long);
            assert_eq!(store.get_asset(ACME, &at).await.unwrap().unwrap().id, id(number));
        }
    });
}

#[test]
fn the_longest_and_the_deepest_path_are_kept() {
    in_a_catalog(async |store| {
        let create = async |names: Vec<Name>| {
            for depth in 1..=names.len() {
                let path = NamespacePath::new(&names[..depth]).unwrap();
                let created = Namespace { path: path.clone(), properties: properties([]) };
                store.create_namespace(ACME, &name("sales"), &created).await.unwrap();
                let found = store.get_namespace(ACME, &name("sales"), &path).await.unwrap();
                assert_eq!(found, Some(created));
            }
        };
        create(vec![name("deep"); 32]).await;
        create([vec![name(&"n".repeat(255)); 4], vec![name("last")]].concat()).await;
    });
}

#[test]
fn text_is_kept_to_the_character() {
    with_an_asset(async |store| {
        let control: String = (1..32).filter_map(char::from_u32).collect();
        let long = "é".repeat(32 * 1024);
        for kept in NASTY.into_iter().chain(["", "\r\n", &control, &long]) {
            store.upsert_business_metadata(ACME, id(1), &metadata(kept)).await.unwrap();
            let read = store.get_business_metadata(ACME, id(1)).await.unwrap().unwrap();
            assert_eq!(read.description, Some(text(kept)));
        }
    });
}

#[test]
fn property_keys_and_values_are_kept_to_the_character() {
    on_every_store(async |store| {
        let pairs = NASTY.map(|nasty| (nasty, nasty));
        let more = [("\u{1}\n", "\u{1}\r\n"), ("empty", ""), ("a.$b", "$a.b"), ("_id", "1")];
        let properties = Properties::from_pairs(pairs.into_iter().chain(more)).unwrap();
        let created = Tenant { properties, ..tenant(1, "acme") };
        store.create_tenant(&created).await.unwrap();
        assert_eq!(store.get_tenant(ACME).await.unwrap(), Some(created));
    });
}

#[test]
fn properties_are_kept_up_to_their_bounds() {
    on_every_store(async |store| {
        let many: BTreeMap<_, _> =
            (0..1024).map(|index| (format!("{index:0255}"), String::new())).collect();
        let large = ["a", "b", "c", "d"].map(|key| (key.to_owned(), "v".repeat(64 * 1024 - 1)));
        for (number, entries) in [(1, many), (2, BTreeMap::from(large))] {
            let pairs = entries.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            let properties = Properties::from_pairs(pairs).unwrap();
            let created = Tenant { properties, ..tenant(number, &number.to_string()) };
            store.create_tenant(&created).await.unwrap();
            assert_eq!(store.get_tenant(id(number)).await.unwrap(), Some(created));
        }
    });
}

#[test]
fn integers_keep_all_of_their_digits() {
    with_an_asset(async |store| {
        let past_doubles = (1_i64 << 53) + 1;
        for number in [
            json!(0),
            json!(-1),
            json!(past_doubles),
            json!(-past_doubles),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(i64::MAX.unsigned_abs() + 1),
            json!(u64::MAX),
            json!(u64::MAX - 1),
        ] {
            json_survives(store, number.clone()).await;
            json_survives(store, json!({ "deep": [number] })).await;
        }
    });
}

#[test]
fn integers_and_floats_stay_different() {
    with_an_asset(async |store| {
        json_survives(store, json!([1, 1.0, -1, -1.0, 0, 0.0, 1e15, 1_000_000_000_000_000_i64]))
            .await;
        json_survives(store, json!({ "int": 1, "float": 1.0 })).await;
    });
}

#[test]
fn floats_keep_all_of_their_bits() {
    with_an_asset(async |store| {
        for number in [0.1, -0.0, 1e300, 5e-324, f64::MIN_POSITIVE, f64::MAX, 1.0 / 3.0, 1e22] {
            json_survives(store, json!(number)).await;
        }
    });
}

#[test]
fn json_of_every_shape_survives() {
    with_an_asset(async |store| {
        for value in [
            json!(null),
            json!(true),
            json!(""),
            json!("null"),
            json!([]),
            json!({}),
            json!([[], {}, [null]]),
            json!({ "": { "": "" } }),
            json!({ "a.b": 1, "$set": 2, "_id": 3, "a": { "b": 4 } }),
            json!({ "$oid": "0123456789abcdef01234567" }),
            json!({ "$numberLong": "1" }),
            json!({ "$date": "2026-11-23T20:21:00Z" }),
            json!({ "$serde_json::private::Number": "1" }),
            json!("2026-11-23T20:21:00Z"),
        ] {
            json_survives(store, value).await;
        }
    });
}

#[test]
fn json_survives_up_to_its_bounds() {
    with_an_asset(async |store| {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        json_survives(store, nested(64)).await;
        let objects = |levels| (0..levels).fold(json!(1), |inner, _| json!({ "k": inner }));
        json_survives(store, objects(64)).await;
        json_survives(store, json!("t".repeat(256 * 1024 - 2))).await;
    });
}

#[test]
fn times_are_kept_to_the_microsecond_from_the_year_1_to_9999() {
    in_a_tenant(async |store| {
        let times = [
            Timestamp::MIN,
            at(Timestamp::MIN.micros() + 1),
            at(-1_000_001),
            at(-1),
            at(0),
            at(1),
            at(999_999),
            at(1_763_929_260_123_456),
            at(Timestamp::MAX.micros() - 1),
            Timestamp::MAX,
        ];
        for (number, time) in (1..).zip(times) {
            let created = User {
                created_at: time,
                last_login: Some(time),
                ..user(number, &number.to_string())
            };
            store.create_user(&created).await.unwrap();
            assert_eq!(store.get_user(id(number)).await.unwrap(), Some(created));
        }
    });
}

#[test]
fn times_are_ordered_to_the_microsecond() {
    in_a_tenant(async |store| {
        let micros = [
            -62_135_596_800_000_000,
            -1_001,
            -1_000,
            -999,
            0,
            1,
            999,
            1_000,
            253_402_300_799_999_999,
        ];
        for (number, time) in (1..).zip(micros) {
            let event = AuditEvent { timestamp: at(time), ..event(number) };
            store.log_audit_event(&event).await.unwrap();
        }
        let listed = store.list_audit_events(ACME, &AuditFilter::default(), &all()).await.unwrap();
        let read: Vec<_> = listed.iter().rev().map(|event| event.timestamp.micros()).collect();
        assert_eq!(read, micros);
    });
}

#[test]
fn ids_are_kept_and_ordered_by_their_bytes() {
    in_a_tenant(async |store| {
        store.create_user(&user(1, "ann")).await.unwrap();
        let numbers = [0, 1, 255, 256, 1 << 64, 1 << 127, u128::MAX - 1, u128::MAX];
        for number in numbers.into_iter().rev() {
            let permission = permission(number, Scope::Tenant, [Action::Read]);
            store.grant_permission(ACME, &permission).await.unwrap();
        }
        let listed = store.list_tenant_permissions(ACME, &all()).await.unwrap();
        let read: Vec<_> = listed.iter().map(|row| row.id.uuid().as_u128()).collect();
        assert_eq!(read, numbers);
    });
}

#[test]
fn secrets_are_kept_to_the_character() {
    in_a_tenant(async |store| {
        let long = "s".repeat(4096);
        for (number, kept) in (1..).zip(NASTY.into_iter().chain([long.as_str()])) {
            let password_hash = Some(secret(kept));
            let created = User { password_hash, ..user(number, &number.to_string()) };
            store.create_user(&created).await.unwrap();
            assert_eq!(store.get_user(id(number)).await.unwrap(), Some(created));
        }
    });
}

#[test]
fn sets_are_kept_up_to_256_items() {
    with_an_asset(async |store| {
        let tags = set((0..256).map(|number| name(&format!("tag {number}"))));
        let write = MetadataWrite { tags: tags.clone(), ..metadata("") };
        store.upsert_business_metadata(ACME, id(1), &write).await.unwrap();
        let read = store.get_business_metadata(ACME, id(1)).await.unwrap().unwrap();
        assert_eq!(read.tags, tags);
        let search = AssetSearch { tags, ..AssetSearch::default() };
        assert_eq!(store.search_assets(ACME, &search, &all()).await.unwrap().len(), 1);
    });
}
