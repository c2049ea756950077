//! The report of a torture run as one page that needs nothing else.

use askama::Template;

use super::shown_breach::ShownBreach;
use super::{TortureReport, evidence};
use crate::report::explanation::StuckCall;
use crate::report::grid::Grid;
use crate::report::html::{Column, class};
use crate::report::shown::{Entry, ShownHistory};
use crate::torture::Promise;

#[derive(Template)]
#[template(path = "torture.html")]
struct Page<'r> {
    totals: String,
    stores: Vec<Column<'r>>,
    rows: Vec<PageRow>,
    evidence: Vec<StoreEvidence<'r>>,
    breaches: Vec<PageBreach<'r>>,
}

struct PageRow {
    title: &'static str,
    cells: Vec<Mark>,
}

struct Mark {
    mark: &'static str,
    class: &'static str,
}

struct StoreEvidence<'r> {
    name: &'r str,
    about: String,
    grids: Vec<Grid>,
}

struct PageBreach<'r> {
    signature: String,
    summary: String,
    command: &'r str,
    /// Drawn; `None` when the history cannot be read.
    drawn: Option<Drawn>,
    history: &'r str,
}

struct Drawn {
    before: Vec<String>,
    svg: String,
    entries: Vec<Entry>,
    order: Option<String>,
    stuck: Vec<StuckCall>,
}

pub(super) fn render(report: &TortureReport) -> String {
    let results = &report.results;
    let descriptions = results.stores.iter().map(|store| &store.description);
    let breaches: Vec<ShownBreach<'_>> = ShownBreach::all(report).collect();
    let page = Page {
        totals: report.totals(),
        stores: Column::all(descriptions, &report.unavailable),
        rows: Promise::ALL.map(|promise| page_row(report, promise)).into(),
        evidence: results
            .stores
            .iter()
            .map(|store| StoreEvidence {
                name: &store.description.name,
                about: evidence::about(store),
                grids: [evidence::nemeses(store)]
                    .into_iter()
                    .chain(evidence::cuts(store))
                    .collect(),
            })
            .collect(),
        breaches: breaches.iter().map(page_breach).collect(),
    };
    page.render().expect("a page that is written to memory cannot fail")
}

fn page_row(report: &TortureReport, promise: Promise) -> PageRow {
    let marks = report.marks(promise);
    let cells = marks.map(|status| Mark { mark: status.mark(), class: class(status) });
    PageRow { title: promise.title(), cells: cells.collect() }
}

fn page_breach<'r>(shown: &'r ShownBreach<'_>) -> PageBreach<'r> {
    PageBreach {
        signature: shown.breach.signature.to_string(),
        summary: shown.summary(),
        command: &shown.command,
        drawn: shown.shown().map(|history| drawn(&history, &shown.breach.signature.to_string())),
        history: &shown.breach.history,
    }
}

fn drawn(shown: &ShownHistory<'_>, signature: &str) -> Drawn {
    Drawn {
        before: shown.before(),
        svg: shown.to_svg(&format!("The calls of {signature}, a client a lane")),
        entries: shown.entries(),
        order: shown.order(),
        stuck: shown.stuck(),
    }
}
