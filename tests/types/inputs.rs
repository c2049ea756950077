//! Input types come back from JSON as they were, whatever is in them.

use pangolin_store::{
    ApiKeyHash, Name, NamespacePath, Page, Properties, PropertyChanges, Secret, SmallSet, TenantId,
    Text,
};
use proptest::prelude::*;
use proptest::test_runner::Config;
use uuid::Uuid;

use super::checks::round_trips;

/// Names from a small alphabet, so that one is often the beginning of another, and from all of
/// Unicode.
pub(crate) fn name() -> impl Strategy<Value = Name> {
    prop_oneof!["[ab.%_ é\u{20}]{1,4}", "\\PC{1,60}"]
        .prop_filter_map("control characters", |name| Name::new(name).ok())
}

pub(crate) fn path() -> impl Strategy<Value = NamespacePath> {
    let fits = |names: Vec<Name>| NamespacePath::new(names).ok();
    prop::collection::vec(name(), 1..6).prop_filter_map("1,024 bytes", fits)
}

/// Any characters but U+0000.
fn characters() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..60)
        .prop_map(|characters| characters.into_iter().filter(|&c| c != '\0').collect())
}

fn properties() -> impl Strategy<Value = Properties> {
    let fits = |pairs: Vec<(String, String)>| {
        let pairs = pairs.iter().filter(|(key, _)| !key.is_empty());
        Properties::from_pairs(pairs.map(|(key, value)| (key.as_str(), value.as_str()))).ok()
    };
    prop::collection::vec((characters(), characters()), 0..8).prop_filter_map("keys", fits)
}

pub(crate) fn config() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ids_round_trip(number in any::<u128>()) {
        let id = TenantId::new(Uuid::from_u128(number));
        round_trips(&id);
        prop_assert_eq!(id.to_string().parse::<TenantId>().unwrap(), id);
    }

    #[test]
    fn ids_are_ordered_by_their_bytes(a in any::<u128>(), b in any::<u128>()) {
        let id = |number| TenantId::new(Uuid::from_u128(number));
        prop_assert_eq!(id(a).cmp(&id(b)), a.cmp(&b));
    }

    #[test]
    fn names_round_trip(name in name()) {
        round_trips(&name);
        prop_assert_eq!(name.to_string().parse::<Name>().unwrap(), name);
    }

    #[test]
    fn names_are_ordered_bytewise(a in name(), b in name()) {
        prop_assert_eq!(a.cmp(&b), a.as_bytes().cmp(b.as_bytes()));
    }

    #[test]
    fn paths_round_trip(path in path()) {
        round_trips(&path);
    }

    #[test]
    fn texts_round_trip(text in characters()) {
        let text = Text::new(text).unwrap();
        round_trips(&text);
        prop_assert_eq!(text.to_string().parse::<Text>().unwrap(), text);
    }

    #[test]
    fn secrets_round_trip(secret in characters().prop_filter("empty", |s| !s.is_empty())) {
        round_trips(&Secret::new(secret.as_str()).unwrap());
        round_trips(&ApiKeyHash::new(secret).unwrap());
    }

    #[test]
    fn properties_round_trip(properties in properties()) {
        round_trips(&properties);
    }

    #[test]
    fn changes_round_trip(set in properties(), remove in properties()) {
        let remove = remove.entries().keys().filter(|key| !set.entries().contains_key(key));
        round_trips(&PropertyChanges::new(set.clone(), remove.cloned().collect()).unwrap());
    }

    #[test]
    fn changing_properties_sets_and_removes_and_leaves_the_rest(
        before in properties(),
        set in properties(),
        remove in properties(),
    ) {
        let gone = |key| remove.entries().contains_key(key) && !set.entries().contains_key(key);
        let remove = remove.entries().keys().filter(|key| gone(key)).cloned().collect();
        let changes = PropertyChanges::new(set.clone(), remove).unwrap();
        let after = before.changed(&changes).unwrap();
        for (key, value) in after.entries() {
            let expected = set.entries().get(key).or_else(|| before.entries().get(key));
            prop_assert_eq!(Some(value), expected);
            prop_assert!(!changes.remove().contains(key));
        }
        prop_assert!(set.entries().keys().all(|key| after.entries().contains_key(key)));
    }

    #[test]
    fn sets_round_trip_in_order(items in prop::collection::vec(name(), 0..20)) {
        let set = SmallSet::new(items).unwrap();
        round_trips(&set);
        let written: Vec<Name> = serde_json::from_value(serde_json::to_value(&set).unwrap()).unwrap();
        prop_assert!(written.is_sorted());
    }

    #[test]
    fn pages_round_trip(after in prop::option::of(name()), limit in 1..=u32::MAX) {
        round_trips(&Page { after, limit: limit.try_into().unwrap() });
    }
}
