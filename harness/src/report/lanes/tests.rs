//! What lanes look like.

use serde_json::json;

use super::*;
use crate::compare::linearize::{Stuck, Witness};

/// A history with a line a call: client, begin, end, name of the tenant.
fn history(calls: &[(usize, u64, Option<u64>, &str)]) -> History {
    let mut history = History::default();
    for &(client, begin, end, name) in calls {
        let id = "00000000-0000-0000-0000-000000000001";
        let tenant = json!({ "tenant": { "id": id, "name": name, "properties": {} } });
        let call = serde_json::from_value(json!({ "create_tenant": tenant })).unwrap();
        let result = end.map(|_| json!({ "ok": null }));
        history.calls.push(ClientCall { client, begin, end, call, result });
    }
    history
}

fn text(history: &History) -> String {
    Lanes::new(history, &Explanation::default()).to_text()
}

#[test]
fn calls_that_overlap_lie_over_one_another_and_others_do_not() {
    let history = history(&[
        (1, 1, Some(3), "a"),
        (2, 2, Some(5), "b"),
        (1, 4, Some(6), "c"),
        (2, 7, Some(8), "d"),
    ]);
    let drawn = "\
client 1  ├─1─┤ ├─3─┤
client 2   ├─2───┤   ├─4─┤
";
    assert_eq!(text(&history), drawn);
}

#[test]
fn a_call_without_an_answer_is_open_and_leaves_room_for_the_next_of_its_client() {
    let mut history = history(&[
        (1, 1, None, "a"),
        (2, 2, Some(3), "b"),
        (1, 4, Some(5), "c"),
        (2, 6, None, "d"),
    ]);
    history.calls[2].result = Some(json!({ "error": "backend", "source": "gone" }));
    let drawn = "\
client 1  ├─1─… ├─3─?
client 2   ├─2─┤     ├─4─…
";
    assert_eq!(text(&history), drawn);
}

#[test]
fn what_happened_to_the_server_and_the_reads_at_the_end_have_lanes_and_rows_do_not_overlap() {
    let mut history =
        history(&[(1, 1, Some(5), "a"), (0, 8, Some(10), "b"), (0, 9, Some(11), "c")]);
    let incident = |begin, end| Incident { nemesis: "cut".to_owned(), begin, end };
    history.nemesis = vec![incident(2, Some(3)), incident(4, Some(4)), incident(6, None)];
    let drawn = "\
client 1  ├─1─────┤
nemesis    ╞═a═╡ b ╞═c═══…
reads               ├─2─┤
                     ├─3─┤
";
    assert_eq!(text(&history), drawn);
}

#[test]
fn a_long_history_goes_on_in_bands_that_fit_a_terminal_and_shows_every_call() {
    let call = |n: u64| (1 + usize::from(n.is_multiple_of(2)), 2 * n, Some(2 * n + 3), "a");
    let calls: Vec<_> = (0..120).map(call).collect();
    let text = text(&history(&calls));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    for number in 1..=120 {
        let is_mark = |c: char| !c.is_ascii_digit();
        assert!(text.split(is_mark).any(|mark| mark == number.to_string()), "{number} in {text}");
    }
    assert_eq!(text.matches('├').count(), 120);
    assert_eq!(text.matches('┤').count(), 120);
}

#[test]
fn a_call_that_cannot_follow_is_drawn_heavy() {
    let history = history(&[(1, 1, Some(2), "a"), (1, 3, Some(4), "b")]);
    let stuck = vec![Stuck { call: 1, expected: json!({ "error": "already_exists.tenant" }) }];
    let explanation = Explanation::from(&Witness { order: vec![0], stuck });
    assert_eq!(Lanes::new(&history, &explanation).to_text(), "client 1  ├─1─┤ ┝━2━┥\n");
    assert_eq!(Lanes::new(&history, &explanation).legend().as_deref(), Some("━: it cannot follow"));
    let svg = Lanes::new(&history, &explanation).to_svg("x");
    assert_eq!(svg.matches("<g class=\"stuck\"").count(), 1, "{svg}");
}

#[test]
fn an_empty_history_has_no_lanes() {
    assert_eq!(text(&History::default()), "");
    assert!(Lanes::new(&History::default(), &Explanation::default()).to_svg("x").contains("<svg"));
}

#[test]
fn hostile_names_are_text_in_a_drawing_and_long_ones_are_whole_in_its_titles() {
    let long = "y".repeat(200);
    let hostile = "</title><script>alert('1')</script>&\"";
    let mut history = history(&[(1, 1, Some(2), hostile), (2, 3, None, &long)]);
    let incident = "<img src=x onerror=alert(1)>\u{1b}[2J".to_owned();
    history.nemesis.push(Incident { nemesis: incident, begin: 4, end: None });
    let svg = Lanes::new(&history, &Explanation::default()).to_svg("\"><script>");
    for tag in ["<script", "<img", "</title><"] {
        let tags = svg.matches(tag).count();
        let of_ours = if tag == "</title><" { svg.matches("<title>").count() } else { 0 };
        assert_eq!(tags, of_ours, "{tag} in {svg}");
    }
    assert!(svg.contains(&long), "{svg}");
    assert!(!svg.contains('\u{1b}'), "{svg}");
}
