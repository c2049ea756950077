//! How text is matched; all stores share these functions.

/// Lower-cases text for comparison: each character on its own, by Unicode, in any language.
///
/// Unlike [`str::to_lowercase`] it ignores the characters next to it, so that the folding of a part
/// is a part of the folding.
pub fn fold(text: &str) -> String {
    // Most texts are ASCII, which is folded byte by byte.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Whether `text`, folded, contains `needle`, which is already [folded](fold), literally.
pub fn finds(needle: &str, text: &str) -> bool {
    needle.is_empty() || fold(text).contains(needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_knows_all_of_unicode() {
        assert_eq!(fold("ÄRGER Straße ΣΑΣ İ"), "ärger straße σασ i\u{307}");
    }

    #[test]
    fn ascii_is_folded_like_the_rest_of_unicode() {
        let all: String = (0..=127_u8).map(char::from).collect();
        let folded: String = all.chars().flat_map(char::to_lowercase).collect();
        assert_eq!(fold(&all), folded);
    }

    #[test]
    fn the_folding_of_a_part_is_a_part_of_the_folding() {
        let (whole, part) = ("ΟΔΟΣ ΟΔΟΣ", "ΟΔΟΣ");
        assert!(finds(&fold(part), whole));
    }

    #[test]
    fn wildcards_are_plain_characters() {
        assert!(finds("%", "100%"));
        assert!(!finds("1%0", "100"));
        assert!(!finds("a_b", "axb"));
    }

    #[test]
    fn empty_text_is_part_of_everything() {
        assert!(finds("", ""));
    }
}
