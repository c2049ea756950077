//! The closed small world in which traces play: a handful of ids, names, paths, texts and times,
//! plain and nasty.
//!
//! It is small so that calls hit what other calls made, and nasty so that it shows stores which compare, order,
//! quote or join text in ways of their own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use pangolin_store::*;
use serde_json::{Value, json};
use uuid::Uuid;

/// How many ids of each sort there are.
pub(crate) const IDS: usize = 10;

/// The id number `index` of a sort, made by that sort's constructor.
///
/// Sorts share their UUIDs, so that a store which keys two sorts alike is noticed.
pub(crate) fn id<T: From<Uuid>>(index: usize) -> T {
    // Ids descend, and differ in their first and in their last byte, so that orders by insertion,
    // by time or by a part of the id differ from the order by id.
    let n = (IDS - index) as u128;
    T::from(Uuid::from_u128((n << 124) | (0x4000_8000 << 64) | index as u128))
}

/// All ids of a sort.
pub(crate) fn ids<T: From<Uuid>>() -> Vec<T> {
    (0..IDS).map(id).collect()
}

/// Names: look-alikes, characters that databases treat specially, and letters whose order and case
/// depend on who looks at them.
pub(crate) static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let long = "n".repeat(Name::MAX_BYTES);
    let names = ["a", "b", "ab", "a.b", "B", "Ä b", "x_y", "100%", "ΟΔΟΣ", "xzy", "$x\\'\"", &long];
    names.iter().map(|name| name.parse().expect("the world's names are names")).collect()
});

/// Paths: look-alikes, prefixes of one another, and deep ones. Every parent comes before its
/// children.
pub(crate) static PATHS: LazyLock<Vec<NamespacePath>> = LazyLock::new(|| {
    let paths: &[&[&str]] = &[
        &["a"],
        &["ab"],
        &["a", "b"],
        &["a.b"],
        &["a", "b", "c"],
        &["b"],
        &["a", "B"],
        &["Ä", "x_y"],
        &["Ä"],
        &["a", "b", "c", "d"],
    ];
    let name = |name: &&str| name.parse().expect("the world's names are names");
    let path = |names: &&[&str]| {
        NamespacePath::new(names.iter().map(name).collect::<Vec<Name>>())
            .expect("the world's paths are paths")
    };
    paths.iter().map(path).collect()
});

/// Texts, the plainest first.
pub(crate) static TEXTS: LazyLock<Vec<Text>> = LazyLock::new(|| {
    let long = "ß".repeat(2_000);
    let texts = [
        "plain",
        "",
        "ab",
        "100% of x_y",
        "ΟΔΟΣ ärger ΣΑΣ",
        "it's \"quoted\" \\ $1 {a.b};--",
        "line\nbreak\ttab\u{1}",
        " 🦀 ",
        "null",
        &long,
    ];
    texts.iter().map(|text| text.parse().expect("the world's texts are texts")).collect()
});

/// What searches look for: parts of the names and texts in other cases, and wildcards that must match only themselves.
pub(crate) static NEEDLES: LazyLock<Vec<Text>> = LazyLock::new(|| {
    let needles = ["", "A", "b", "ä", "%", "_", "x_Y", "\\", "σ", "οδος", "a.b", "0%", "zz"];
    needles.iter().map(|text| text.parse().expect("the world's needles are texts")).collect()
});

/// Times: the bounds, around the epoch, and three that only microseconds tell apart.
pub(crate) static TIMES: LazyLock<Vec<Timestamp>> = LazyLock::new(|| {
    let micros = [
        1_767_225_600_000_000,
        1_767_225_600_000_001,
        1_767_225_600_000_999,
        0,
        -1,
        1_767_225_601_000_000,
        Timestamp::MIN.micros(),
        Timestamp::MAX.micros(),
    ];
    micros
        .iter()
        .map(|&micros| Timestamp::from_micros(micros).expect("the world's times are in bounds"))
        .collect()
});

/// JSON values whose numbers, nulls and keys are easily lost.
pub(crate) static JSONS: LazyLock<Vec<Json>> = LazyLock::new(|| {
    let values = [
        json!({}),
        Value::Null,
        json!(1),
        json!(1.0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(9_007_199_254_740_993_i64),
        json!(1e300),
        json!(-0.1),
        json!("text"),
        json!([]),
        json!({"a.b": {"$set": [1, 1.0, null, "", {}]}, "": false}),
    ];
    values
        .into_iter()
        .map(|value| Json::new(value).expect("the world's JSON is in bounds"))
        .collect()
});

/// Properties, the plainest first.
pub(crate) static PROPERTIES: LazyLock<Vec<Properties>> = LazyLock::new(|| {
    let maps: &[&[(&str, &str)]] = &[
        &[],
        &[("owner", "ann")],
        &[("owner", "bob"), ("a.b", ""), ("$set", "x")],
        &[(" ", "🦀"), ("Ä", "ä"), ("a", "1"), ("A", "2")],
        &[("it's \"k\"", "line\nbreak")],
    ];
    maps.iter()
        .map(|map| Properties::from_pairs(map.iter().copied()).expect("the maps are in bounds"))
        .collect()
});

/// Keys of [`PROPERTIES`].
pub(crate) static KEYS: LazyLock<Vec<PropertyKey>> = LazyLock::new(|| {
    let keys: BTreeMap<_, _> = PROPERTIES.iter().flat_map(|map| map.entries().clone()).collect();
    keys.into_keys().collect()
});

/// Properties near the upper bound: any one of them fits, two of them together do not.
pub(crate) static LARGE_PROPERTIES: LazyLock<[Properties; 2]> = LazyLock::new(|| {
    let value = "v".repeat(Text::MAX_BYTES - 1);
    let large = |keys: [&str; 3]| {
        Properties::from_pairs(keys.map(|key| (key, value.as_str()))).expect("three values fit")
    };
    [large(["large 1", "large 2", "large 3"]), large(["large 4", "large 5", "large 6"])]
});

/// Secrets, all invented.
pub(crate) static SECRETS: LazyLock<Vec<Secret>> = LazyLock::new(|| {
    let secrets = ["hunter2", "correct horse", "pä'ss\\word"];
    secrets.iter().map(|&secret| Secret::new(secret).expect("secrets are in bounds")).collect()
});

/// API-key hashes, all invented.
pub(crate) static HASHES: LazyLock<Vec<ApiKeyHash>> = LazyLock::new(|| {
    (0..IDS)
        .map(|index| ApiKeyHash::new(format!("hash-{index}")).expect("hashes are in bounds"))
        .collect()
});
