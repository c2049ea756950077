//! Plots of what was measured by a number of rows or callers.

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

/// A name and its values, by the number of the horizontal axis.
pub type Line = (String, Vec<(u64, f64)>);

/// Lines over two logarithmic axes; all numbers and values are positive.
pub struct Plot {
    /// What is shown.
    pub title: String,
    /// What the numbers count.
    pub across: &'static str,
    /// What the values are, and their unit.
    pub up: &'static str,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Draws a plot into an SVG file.
///
/// # Errors
/// The file system's error, or that there is nothing to draw.
pub fn draw(path: &Path, plot: &Plot) -> Result<()> {
    let Plot { title, across, up, lines } = plot;
    let points = || lines.iter().flat_map(|(_, points)| points);
    let numbers = points().map(|(number, _)| *number);
    let (least, most) = (numbers.clone().min(), numbers.max());
    let (Some(least), Some(most)) = (least, most) else {
        return Err(anyhow!("{title}: nothing was measured"));
    };
    let values = points().map(|(_, value)| *value);
    let (low, high) =
        values.fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));

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
        .x_desc(*across)
        .y_desc(*up)
        .x_label_formatter(&|number| format!("{number:.0}"))
        .y_label_formatter(&|value| match *value {
            small if small < 10.0 => format!("{small:.1}"),
            large => format!("{large:.0}"),
        })
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 15))
        .light_line_style(WHITE)
        .draw()?;
    for (index, (name, points)) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let points = points.iter().map(|(number, value)| (*number as f64, *value));
        let line = LineSeries::new(points, colour.stroke_width(2)).point_size(4);
        chart.draw_series(line)?;
        // Next to the plot: a legend between lines that are close together would be hidden.
        let at = (690, 60 + 24 * i32::try_from(index)?);
        let stroke = [(at.0, at.1 + 7), (at.0 + 22, at.1 + 7)];
        area.draw(&PathElement::new(stroke, colour.stroke_width(3)))?;
        let style = ("sans-serif", 14).into_font().color(&BLACK);
        area.draw(&Text::new(name.clone(), (at.0 + 30, at.1), style))?;
    }
    area.present()?;
    Ok(())
}
