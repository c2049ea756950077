//! Namespace paths: their order, their keys, and which lies in which.

use pangolin_store::{Name, NamespacePath};
use proptest::prelude::*;

use super::inputs;
use super::samples::path;

#[test]
fn a_dotted_name_and_a_deeper_path_are_two_paths() {
    let (dotted, deeper) = (path(&["a.b"]), path(&["a", "b"]));
    assert_ne!(dotted, deeper);
    assert_ne!(dotted.to_key(), deeper.to_key());
    assert_ne!(serde_json::to_string(&dotted).unwrap(), serde_json::to_string(&deeper).unwrap());
    assert_ne!(dotted.to_string(), deeper.to_string());
}

#[test]
fn a_path_comes_before_what_is_below_it_and_that_before_look_alikes() {
    let ordered: [&[&str]; 9] = [
        &["B"],
        &["a"],
        &["a", "b"],
        &["a", "b", "c"],
        &["a", "c"],
        &["a b"],
        &["a.b"],
        &["ab"],
        &["é"],
    ];
    let paths: Vec<_> = ordered.map(path).into();
    assert!(paths.is_sorted());
    assert!(paths.iter().map(NamespacePath::to_key).collect::<Vec<_>>().is_sorted());
}

#[test]
fn a_look_alike_is_not_within() {
    let inside = path(&["a"]);
    assert!(path(&["a"]).is_within(&inside));
    assert!(path(&["a", "b"]).is_within(&inside));
    for outside in [path(&["ab"]), path(&["a.b"]), path(&["b", "a"])] {
        assert!(!outside.is_within(&inside), "{outside}");
    }
    assert!(!inside.is_within(&path(&["a", "b"])));
}

#[test]
fn the_parent_of_a_path_lacks_its_own_name() {
    assert_eq!(path(&["a", "b"]).parent(), Some(path(&["a"])));
    assert_eq!(path(&["a"]).parent(), None);
    assert_eq!(path(&["a", "b"]).leaf().as_str(), "b");
}

#[test]
fn what_is_no_key_is_refused() {
    for key in ["", "\u{1f}a", "a\u{1f}", "a\u{1f}\u{1f}b", "a\n"] {
        assert!(NamespacePath::from_key(key).is_err(), "{key:?}");
    }
}

#[test]
fn a_path_is_read_from_one_name() {
    assert_eq!("a.b".parse::<NamespacePath>().unwrap(), path(&["a.b"]));
}

#[test]
fn the_longest_path_round_trips_through_its_key() {
    let longest = NamespacePath::new(vec![Name::new("n".repeat(32)).unwrap(); 32]).unwrap();
    assert_eq!(NamespacePath::from_key(&longest.to_key()).unwrap(), longest);
}

proptest! {
    #![proptest_config(inputs::config())]

    #[test]
    fn a_key_round_trips(path in inputs::path()) {
        prop_assert_eq!(NamespacePath::from_key(&path.to_key()).unwrap(), path);
    }

    #[test]
    fn keys_are_in_the_order_of_their_paths(a in inputs::path(), b in inputs::path()) {
        prop_assert_eq!(a.to_key().cmp(&b.to_key()), a.cmp(&b));
    }

    #[test]
    fn keys_of_what_lies_below_begin_with_the_key_and_a_separator(
        a in inputs::path(),
        b in inputs::path(),
    ) {
        let below = b.to_key().starts_with(&format!("{}\u{1f}", a.to_key()));
        prop_assert_eq!(below, a != b && b.is_within(&a));
    }
}
