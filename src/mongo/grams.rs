//! Parts of a text, by which an index finds it: one part begins at each of its characters and has a
//! limited length. If a text contains another one, one of its parts begins with that one.
//!
//! Documents that are searched by text have the parts of their `folded` in the array `grams`.

use std::collections::BTreeSet;

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::options::ReadConcern;

use super::schema::{ASSETS, BRANCHES, BUSINESS_METADATA};
use super::value::Fields;
use crate::{Branch, Result};

/// How many characters a part has, unless the text ends before. A needle of at least as many is looked up by
/// its last ones, because names that begin alike differ at the end.
const LENGTH: usize = 16;
/// How many characters a text may have at most to get parts.
const LONGEST: usize = 1000;
/// The only part of a longer text, which may contain anything.
const ANYTHING: &str = "";

/// How many branches are filled at once.
const FILLED_AT_ONCE: usize = 10_000;

/// The parts of a folded text.
pub(super) fn grams(folded: &str) -> Vec<&str> {
    let starts: Vec<usize> = folded.char_indices().map(|(start, _)| start).collect();
    if starts.len() > LONGEST {
        return vec![ANYTHING];
    }
    let end = |at: usize| starts.get(at + LENGTH).copied().unwrap_or(folded.len());
    let parts = starts.iter().enumerate().map(|(at, &start)| &folded[start..end(at)]);
    parts.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Matches documents whose text has parts and contains `needle`, which is folded and not empty; and maybe
/// others.
pub(super) fn short_with(needle: &str) -> Document {
    let last = needle.char_indices().rev().map(|(start, _)| start).nth(LENGTH - 1);
    if let Some(last) = last {
        return doc! { "grams": &needle[last..] };
    }
    let mut begins = doc! { "$gte": needle };
    begins.extend(end_of(needle).map(|end| ("$lt".to_owned(), Bson::String(end))));
    // Both bounds apply to the same part.
    doc! { "grams": { "$elemMatch": begins } }
}

/// Matches documents whose text is too long to have parts.
pub(super) fn long() -> Document {
    doc! { "grams": ANYTHING }
}

/// The smallest text after all texts that begin with `prefix`, if there is one.
fn end_of(prefix: &str) -> Option<String> {
    let mut kept = prefix.chars();
    while let Some(last) = kept.next_back() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            return Some(format!("{}{next}", kept.as_str()));
        }
    }
    None
}

/// Adds the parts to documents that were written before there were parts.
pub(super) async fn fill(database: &Database) -> Result<()> {
    let parted = vec![doc! { "$set": { "grams": grams_of("$folded") } }];
    let described = database.collection::<Document>(BUSINESS_METADATA);
    described.update_many(doc! { "folded": { "$gt": "" } }, parted.clone()).await?;

    let branches = database.collection::<Document>(BRANCHES);
    let mains = branches.find(doc! { "name": Branch::MAIN }).projection(doc! { "_id": 1 });
    // A read of a snapshot fails on a collection that is newer than the snapshot; this read waits.
    let mains = mains.read_concern(ReadConcern::majority()).await?;
    let mut mains = mains.try_chunks(FILLED_AT_ONCE);
    while let Some(mains) = mains.try_next().await.map_err(|chunk| chunk.1)? {
        let keys = mains.iter().map(|main| main.read("_id"));
        let keys: Vec<ObjectId> = keys.collect::<Result<_, _>>()?;
        let named = doc! { "branch": { "$in": keys }, "content.name": { "$gt": "" } };
        database.collection::<Document>(ASSETS).update_many(named, parted.clone()).await?;
    }
    Ok(())
}

/// The expression by which the server computes [`grams`] of a field.
fn grams_of(field: &str) -> Document {
    let length = doc! { "$strLenCP": field };
    let parts = doc! { "$map": {
        "input": { "$range": [0, &length] },
        "in": { "$substrCP": [field, "$$this", LENGTH as i32] },
    } };
    let is_long = doc! { "$gt": [&length, LONGEST as i32] };
    doc! { "$cond": [is_long, [ANYTHING], { "$setUnion": [parts] }] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_begins_at_every_character() {
        assert_eq!(grams("añb🦔"), ["añb🦔", "b🦔", "ñb🦔", "🦔"]);
        assert_eq!(grams("aaa"), ["a", "aa", "aaa"]);
        assert_eq!(grams(""), [""; 0]);
    }

    #[test]
    fn parts_are_of_a_bounded_length_and_of_texts_of_a_bounded_length() {
        let long = "ä".repeat(LONGEST);
        assert_eq!(grams(&long).len(), LENGTH);
        assert_eq!(grams(&long).last().unwrap().chars().count(), LENGTH);
        assert_eq!(grams(&format!("{long}b")), [ANYTHING]);
    }

    #[test]
    fn the_text_after_all_that_begin_alike_is_the_next_one() {
        assert_eq!(end_of("ab").as_deref(), Some("ac"));
        assert_eq!(end_of("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(end_of("a\u{10ffff}\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end_of("\u{10ffff}"), None);
    }

    #[test]
    fn long_text_is_looked_for_by_its_last_characters() {
        assert_eq!(short_with("customers_0001234é"), doc! { "grams": "stomers_0001234é" });
    }
}
