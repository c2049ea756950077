//! Texts for which an index of parts of texts may miss hits, or find too many.

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;
use super::search::{add_named, annotate, by_text};

const NONE: [&str; 0] = [];

#[test]
fn text_of_any_length_is_found_wherever_it_is() {
    in_a_catalog(async |store| {
        let long = "abcdefghijklmnopqrstuvwxyz".repeat(9);
        add_named(store, ["a", "ab", "abc", "xabcd", "bca", &long]).await;
        for (needle, expected) in [
            ("d", &[long.as_str(), "xabcd"][..]),
            ("cd", &[&long, "xabcd"]),
            ("bcd", &[&long, "xabcd"]),
            ("xab", &["xabcd"]),
            ("xabcd", &["xabcd"]),
            ("xabcde", &[]),
            ("bca", &["bca"]),
            ("za", &[&long]),
            ("zabcdefghijklmno", &[&long]),
            ("zabcdefghijklmnop", &[&long]),
            ("yzabcdefghijklmnopqrstuvwxyza", &[&long]),
            ("yzabcdefghijklmnopqrstuvwxyzb", &[]),
            ("a", &["a", "ab", "abc", &long, "bca", "xabcd"]),
        ] {
            assert_eq!(by_text(store, needle).await, expected, "{needle}");
        }
        assert_eq!(by_text(store, &long).await, std::slice::from_ref(&long));
        assert_eq!(by_text(store, &format!("{long}a")).await, NONE);
    });
}

#[test]
fn any_part_of_a_name_in_any_script_is_found_verbatim() {
    in_a_catalog(async |store| {
        let names = [
            "a%_\\b",
            "日本語の表",
            "e\u{301}tat 🦎🦎🦎🦎",
            "\"quoted\" AND x",
            "--- ---",
            "İstanbul",
        ];
        add_named(store, names).await;
        for called in names {
            let characters: Vec<char> = called.chars().collect();
            for length in 1..=characters.len() {
                for part in characters.windows(length) {
                    let part: String = part.iter().collect();
                    let found = by_text(store, &part).await;
                    assert!(found.contains(&called.to_owned()), "{part:?} is in {called:?}");
                }
            }
        }
        for needle in
            ["a__\\b", "a%\\b", "本日", "🦎🦎🦎🦎🦎", "quoted\" x", "----", "\"quoted\" AND y"]
        {
            assert_eq!(by_text(store, needle).await, NONE, "{needle:?}");
        }
    });
}

#[test]
fn separated_parts_of_a_text_do_not_match_it() {
    in_a_catalog(async |store| {
        // All trigrams of `abcd`, of `aaaa` and of `ababa`, but not consecutively.
        add_named(store, ["abc bcd", "bcd abc", "aaa", "aba bab"]).await;
        annotate(store, 3, metadata("bcd, abc")).await;
        for needle in ["abcd", "aaaa", "ababa"] {
            assert_eq!(by_text(store, needle).await, NONE, "{needle}");
        }
        assert_eq!(by_text(store, "bcd abc").await, ["bcd abc"]);
        assert_eq!(by_text(store, "bcd, abc").await, ["aaa"]);
    });
}

#[test]
fn a_match_does_not_span_name_and_description() {
    in_a_catalog(async |store| {
        add_named(store, ["orders"]).await;
        annotate(store, 1, metadata("of all")).await;
        for needle in ["ordersof", "orders of", "rsof al", "of allorders", "\u{1f}"] {
            assert_eq!(by_text(store, needle).await, NONE, "{needle}");
        }
    });
}

#[test]
fn characters_of_any_width_are_found() {
    let names = [
        "数据仓库",
        "데이터",
        "👩‍👩‍👧 family",
        "🦔🦔🦔🦔",
        "e\u{301}te\u{301}",
        "\u{10ffff}\u{10ffff}",
        "\u{d7ff}\u{e000}\u{ffff}",
        "𐐀𐐁𐐂",
    ];
    in_a_catalog(async |store| {
        add_named(store, names).await;
        for (needle, expected) in [
            ("仓", names[0]),
            ("据仓", names[0]),
            ("据仓库", names[0]),
            ("数据仓库", names[0]),
            ("이", names[1]),
            ("데이터", names[1]),
            ("👧", names[2]),
            ("👩‍👧", names[2]),
            ("\u{200d}👧 F", names[2]),
            ("🦔🦔🦔", names[3]),
            ("\u{301}T", names[4]),
            ("e\u{301}te\u{301}", names[4]),
            ("\u{10ffff}", names[5]),
            ("\u{10ffff}\u{10ffff}", names[5]),
            ("\u{d7ff}", names[6]),
            ("\u{d7ff}\u{e000}\u{ffff}", names[6]),
            // Letters beyond the basic plane also have a case.
            ("𐐨𐐩𐐪", names[7]),
            ("𐐀𐐩", names[7]),
        ] {
            assert_eq!(by_text(store, needle).await, [expected], "{needle}");
        }
        for nothing in ["库仓", "据数仓", "🦔🦔🦔🦔🦔", "\u{10ffff}a", "\u{fffd}", "\u{fffe}"]
        {
            assert_eq!(by_text(store, nothing).await, NONE, "{nothing}");
        }
    });
}

#[test]
fn text_without_a_letter_is_found_verbatim() {
    let names = ["100%%%", "a___b", "a\\\\\\b", "---", "\"\"\"", "'''", "...", "   x", "* AND *"];
    in_a_catalog(async |store| {
        add_named(store, names).await;
        for (needle, expected) in [
            ("%%%", names[0]),
            ("___", names[1]),
            ("\\\\\\", names[2]),
            ("---", names[3]),
            ("\"\"\"", names[4]),
            ("'''", names[5]),
            ("...", names[6]),
            ("   ", names[7]),
            (" and ", names[8]),
        ] {
            assert_eq!(by_text(store, needle).await, [expected], "{needle}");
        }
        for nothing in ["%%%%", "____", "_%_", "\\%%", "a%b", "***", "^--", "-- ", "\"x\" OR \"a\""]
        {
            assert_eq!(by_text(store, nothing).await, NONE, "{nothing}");
        }
    });
}

#[test]
fn folding_that_changes_the_length_is_the_same_in_both() {
    in_a_catalog(async |store| {
        add_named(store, ["XİY", "Kelvin \u{212a}", "ǅungla", "ẞẞẞ", "xi\u{307}y"]).await;
        for (needle, expected) in [
            ("xİy", &["XİY", "xi\u{307}y"][..]),
            ("İ", &["XİY", "xi\u{307}y"]),
            ("i\u{307}Y", &["XİY", "xi\u{307}y"]),
            ("\u{307}y", &["XİY", "xi\u{307}y"]),
            ("n k", &["Kelvin \u{212a}"]),
            ("ǆUN", &["ǅungla"]),
            ("ßßß", &["ẞẞẞ"]),
            ("xiy", &[]),
            ("ssssss", &[]),
        ] {
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(by_text(store, needle).await, expected, "{needle}");
        }
    });
}

#[test]
fn long_descriptions_are_searched_to_their_end() {
    in_a_catalog(async |store| {
        add_named(store, ["a", "b", "c"]).await;
        let filling: String = ('\u{4e00}'..).take(4_000).collect();
        annotate(store, 1, metadata(&format!("{filling}the needle"))).await;
        annotate(store, 2, metadata(&format!("{filling}the noodle"))).await;
        annotate(store, 3, metadata("a needle, and not a long text")).await;
        assert_eq!(by_text(store, "NEEDLE").await, ["a", "c"]);
        assert_eq!(by_text(store, "the NE").await, ["a"]);
        assert_eq!(by_text(store, "oo").await, ["b"]);
        assert_eq!(by_text(store, "\u{4e00}\u{4e01}\u{4e02}").await, ["a", "b"]);
        assert_eq!(by_text(store, "needle the").await, NONE);
        let beyond = format!("{filling}the needle.");
        assert_eq!(by_text(store, &beyond).await, NONE);
        assert_eq!(by_text(store, &filling).await, ["a", "b"]);
    });
}

#[test]
fn the_text_of_a_replaced_description_is_not_found() {
    in_a_catalog(async |store| {
        add_named(store, ["orders"]).await;
        let nothing = MetadataWrite { description: None, ..metadata("") };
        for (write, expected) in [
            (metadata("first words"), ["first w"]),
            (metadata("second words"), ["second w"]),
            (metadata(&"third words ".repeat(200)), ["third w"]),
            (metadata("fourth words"), ["fourth w"]),
        ] {
            annotate(store, 1, write).await;
            for needle in ["first w", "second w", "third w", "fourth w"] {
                let hits = by_text(store, needle).await;
                assert_eq!(!hits.is_empty(), expected.contains(&needle), "{needle}");
            }
        }
        annotate(store, 1, nothing).await;
        assert_eq!(by_text(store, "words").await, NONE);
        annotate(store, 1, metadata("last words")).await;
        assert_eq!(by_text(store, "words").await, ["orders"]);
        store.delete_business_metadata(ACME, id(1)).await.unwrap();
        assert_eq!(by_text(store, "words").await, NONE);
        assert_eq!(by_text(store, "orders").await, ["orders"]);
    });
}

#[test]
fn a_description_stays_when_its_asset_is_renamed_and_is_deleted_with_it() {
    in_a_catalog(async |store| {
        add_named(store, ["orders", "items"]).await;
        annotate(store, 1, metadata("what was sold")).await;
        rename(store, "main", "orders", "sales").await;
        assert_eq!(by_text(store, "was sold").await, ["sales"]);
        assert_eq!(by_text(store, "orders").await, NONE);
        remove(store, "main", "sales").await;
        assert_eq!(by_text(store, "was sold").await, NONE);
        add(store, "main", asset(1, ["ns"], "sales")).await;
        assert_eq!(by_text(store, "was sold").await, NONE);
        assert_eq!(by_text(store, "sales").await, ["sales"]);
    });
}

#[test]
fn an_asset_on_another_branch_only_is_not_found_by_its_description() {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        annotate(store, 3, metadata("on dev alone")).await;
        annotate(store, 1, metadata("on both")).await;
        rename(store, "dev", "orders", "renamed").await;
        assert_eq!(by_text(store, "alone").await, NONE);
        assert_eq!(by_text(store, "views").await, NONE);
        assert_eq!(by_text(store, "renamed").await, NONE);
        assert_eq!(by_text(store, "on both").await, ["orders"]);
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
        assert_eq!(by_text(store, "alone").await, ["views"]);
        assert_eq!(by_text(store, "on both").await, ["renamed"]);
        store.delete_branch(ACME, &sales, &name("dev")).await.unwrap();
        assert_eq!(by_text(store, "alone").await, ["views"]);
    });
}

#[test]
fn an_asset_deleted_from_main_is_found_once_it_is_on_main_again() {
    with_a_branch(async |store| {
        annotate(store, 1, metadata("given away")).await;
        remove(store, "main", "orders").await;
        let gone = commit(1, None, [delete(["ns"], "items")]);
        store.commit(ACME, &on("main"), &gone).await.unwrap();
        for needle in ["orders", "given", "items"] {
            assert_eq!(by_text(store, needle).await, NONE, "{needle}");
        }
        add(store, "main", asset(1, ["ns"], "ORDERS again")).await;
        assert_eq!(by_text(store, "orders").await, ["ORDERS again"]);
        assert_eq!(by_text(store, "given").await, ["ORDERS again"]);
    });
}

#[test]
fn assets_that_swap_their_names_are_found_under_the_new_ones() {
    in_a_catalog(async |store| {
        add_named(store, ["orders", "items"]).await;
        annotate(store, 1, metadata("of one")).await;
        let swap = commit(
            1,
            None,
            [
                delete(["ns"], "orders"),
                delete(["ns"], "items"),
                put(asset(1, ["ns"], "items")),
                put(asset(2, ["ns"], "orders")),
            ],
        );
        store.commit(ACME, &on("main"), &swap).await.unwrap();
        let ids = async |needle: &str| {
            let search = AssetSearch { text: text(needle), ..AssetSearch::default() };
            let hits = store.search_assets(ACME, &search, &all()).await.unwrap();
            hits.into_iter().map(|hit| hit.asset.id).collect::<Vec<AssetId>>()
        };
        assert_eq!(ids("orders").await, [id(2)]);
        assert_eq!(ids("items").await, [id(1)]);
    });
}

#[test]
fn assets_of_a_deleted_catalog_are_not_found_and_others_with_their_ids_are() {
    in_a_catalog(async |store| {
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        store.create_namespace(ACME, &name("other"), &namespace(["ns"])).await.unwrap();
        let other = BranchRef { catalog: name("other"), branch: name("main") };
        // One id in two catalogs, under two names and one description.
        add(store, "main", asset(1, ["ns"], "orders")).await;
        store.create_asset(ACME, &other, &asset(1, ["ns"], "borders")).await.unwrap();
        annotate(store, 1, metadata("both of them")).await;
        assert_eq!(by_text(store, "orders").await, ["borders", "orders"]);
        assert_eq!(by_text(store, "border").await, ["borders"]);
        assert_eq!(by_text(store, "both of").await, ["borders", "orders"]);
        store.delete_catalog(ACME, &name("sales")).await.unwrap();
        assert_eq!(by_text(store, "orders").await, ["borders"]);
        assert_eq!(by_text(store, "both of").await, ["borders"]);
        store.delete_catalog(ACME, &name("other")).await.unwrap();
        assert_eq!(by_text(store, "both of").await, NONE);
    });
}

#[test]
fn another_tenant_does_not_find_it() {
    in_a_catalog(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        store.create_catalog(GLOBEX, &catalog(1, "sales")).await.unwrap();
        store.create_namespace(GLOBEX, &name("sales"), &namespace(["ns"])).await.unwrap();
        store.create_asset(GLOBEX, &on("main"), &asset(1, ["ns"], "theirs")).await.unwrap();
        add_named(store, ["ours"]).await;
        annotate(store, 1, metadata("what is ours")).await;
        for needle in ["ours", "what is"] {
            let search = AssetSearch { text: text(needle), ..AssetSearch::default() };
            assert_eq!(store.search_assets(GLOBEX, &search, &all()).await.unwrap(), []);
            assert_eq!(by_text(store, needle).await, ["ours"]);
        }
        store.delete_tenant(ACME).await.unwrap();
        let theirs = AssetSearch { text: text("the"), ..AssetSearch::default() };
        assert_eq!(store.search_assets(GLOBEX, &theirs, &all()).await.unwrap().len(), 1);
    });
}

#[test]
fn assets_merged_into_main_are_found() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        add(store, "dev", asset(2, ["ns"], "borders")).await;
        rename(store, "dev", "orders", "reorders").await;
        assert_eq!(by_text(store, "order").await, ["orders"]);
        let merge = merge(1, "dev", "main");
        store.begin_merge(ACME, &name("sales"), &merge).await.unwrap();
        store.complete_merge(ACME, &name("sales"), merge.id, &merge_commit(9)).await.unwrap();
        assert_eq!(by_text(store, "order").await, ["borders", "reorders"]);
    });
}
