//! A plot of the time of calls as a store fills.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

/// The colours of the lines, which colour-blind readers can distinguish too.
const COLOURS: [RGBColor; 12] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
    RGBColor(140, 60, 20),
    RGBColor(106, 61, 154),
    RGBColor(178, 223, 138),
    RGBColor(227, 26, 28),
    RGBColor(0, 60, 48),
];

/// A call and its medians in nanoseconds, by number of rows.
pub type Line<'a> = (&'a str, Vec<(u64, f64)>);

/// Draws lines over the number of rows, both axes logarithmic, into an SVG file.
///
/// # Errors
/// The file system's error, or that there is nothing to draw.
pub fn draw(path: &Path, title: &str, lines: &[Line<'_>]) -> Result<()> {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let sizes = points().map(|(size, _)| *size);
    let (least, most) = (sizes.clone().min(), sizes.max());
    let (Some(least), Some(most)) = (least, most) else {
        return Err(anyhow!("{title}: nothing was measured"));
    };
    let micros = points().map(|(_, nanos)| nanos / 1e3);
    let (low, high) =
        micros.fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));

    let area = SVGBackend::new(path, (900, 520)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 22))
        .margin(16)
        .margin_right(230)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(
            (least as f64..most as f64 * 1.05).log_scale(),
            (low / 1.5..high * 1.5).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc("rows")
        .y_desc("median time of a call, µs")
        .x_label_formatter(&|rows| format!("{rows:.0}"))
        .y_label_formatter(&|micros| match *micros {
            small if small < 10.0 => format!("{small:.1}"),
            large => format!("{large:.0}"),
        })
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 15))
        .light_line_style(WHITE)
        .draw()?;
    for (index, (name, points)) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let points = || points.iter().map(|(size, nanos)| (*size as f64, nanos / 1e3));
        let line = LineSeries::new(points(), colour.stroke_width(2)).point_size(4);
        chart.draw_series(line)?;
        // Next to the plot: a legend between lines that are close together would be hidden.
        let at = (690, 60 + 24 * i32::try_from(index)?);
        let stroke = [(at.0, at.1 + 7), (at.0 + 22, at.1 + 7)];
        area.draw(&PathElement::new(stroke, colour.stroke_width(3)))?;
        let style = ("sans-serif", 14).into_font().color(&BLACK);
        area.draw(&Text::new((*name).to_owned(), (at.0 + 30, at.1), style))?;
    }
    area.present()?;
    Ok(())
}
