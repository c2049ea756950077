//! Free-form JSON: kept as it is, within its bounds.

use pangolin_store::Json;
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

use super::checks::{refused, round_trips, unreadable};
use super::inputs::config;

/// An array in an array in … around a number.
fn nested(levels: usize) -> Value {
    (0..levels).fold(
        json!(1),
        |inner, level| {
            if level % 2 == 0 { json!([inner]) } else { json!({ "k": inner }) }
        },
    )
}

#[test]
fn integers_and_floats_are_kept_apart() {
    let int = Json::new(json!(1)).unwrap();
    let float = Json::new(json!(1.0)).unwrap();
    assert_ne!(int, float);
    round_trips(&int);
    round_trips(&float);
    assert_eq!(serde_json::to_string(&float).unwrap(), "1.0");
}

#[test]
fn every_integer_keeps_all_of_its_digits() {
    let past_doubles = (1_i64 << 53) + 1;
    for number in [json!(u64::MAX), json!(i64::MIN), json!(i64::MAX), json!(past_doubles)] {
        round_trips(&Json::new(number).unwrap());
    }
}

#[test]
fn every_float_keeps_all_of_its_bits() {
    for number in [0.1, -0.0, f64::MIN_POSITIVE, f64::MAX, f64::EPSILON, 5e-324, 1e300] {
        let json = Json::new(json!(number)).unwrap();
        let text = serde_json::to_string(&json).unwrap();
        let read: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(read.value().as_f64().map(f64::to_bits), Some(number.to_bits()), "{text}");
    }
}

#[test]
fn null_is_a_value() {
    round_trips(&Json::default());
    assert_eq!(Json::default().value(), &Value::Null);
}

#[test]
fn it_nests_64_levels_at_the_most() {
    round_trips(&Json::new(nested(64)).unwrap());
    refused(Json::new(nested(65)), "json", "at most 64 levels");
    unreadable::<Json>(&nested(65), "json", "at most 64 levels");
}

#[test]
fn an_empty_array_is_a_level() {
    let around_empty = |levels| (0..levels).fold(json!([]), |inner, _| json!([inner]));
    assert!(Json::new(around_empty(63)).is_ok());
    refused(Json::new(around_empty(64)), "json", "at most 64 levels");
}

#[test]
fn it_takes_256_kib_at_the_most() {
    // The quotes are two bytes of them.
    let text = |length: usize| json!("t".repeat(length - 2));
    round_trips(&Json::new(text(256 * 1024)).unwrap());
    refused(Json::new(text(256 * 1024 + 1)), "json", "at most 262144 bytes");
    unreadable::<Json>(&text(256 * 1024 + 1), "json", "at most 262144 bytes");
}

#[test]
fn it_is_measured_as_it_is_written() {
    let escaped = |count: usize| json!("\n".repeat(count));
    assert!(Json::new(escaped(128 * 1024 - 1)).is_ok());
    refused(Json::new(escaped(128 * 1024)), "json", "when written compactly");
}

#[test]
fn it_holds_no_u_0000_in_text_or_in_keys() {
    for value in [json!("a\0"), json!({ "a\0": 1 }), json!([{ "k": ["\0"] }])] {
        refused(Json::new(value.clone()), "json", "U+0000; take it out");
        unreadable::<Json>(&value, "json", "U+0000");
    }
}

#[test]
fn the_keys_of_an_object_have_no_order() {
    let read = |text| serde_json::from_str::<Json>(text).unwrap();
    assert_eq!(read(r#"{"a":1,"b":2}"#), read(r#"{"b":2,"a":1}"#));
}

fn value() -> impl Strategy<Value = Value> {
    let text = || "[^\u{0}]{0,8}";
    let float = any::<f64>().prop_filter_map("finite", |f| Number::from_f64(f).map(Value::Number));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|i| json!(i)),
        any::<u64>().prop_map(|u| json!(u)),
        float,
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn it_comes_back_equal(value in value()) {
        let json = Json::new(value.clone()).unwrap();
        round_trips(&json);
        prop_assert_eq!(json.value(), &value);
    }
}
