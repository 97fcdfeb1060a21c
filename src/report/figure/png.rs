//! A canvas as a PNG file at print resolution, with its physical size.

use super::FigureError;
use super::canvas::{Canvas, Ink, Item, Step, Stroke};
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, StrokeDash, Transform,
};

/// Dots per inch: what printers ask of figures.
pub const DOTS_PER_INCH: f64 = 300.0;

/// With `comment` among its texts, unless that is empty.
pub(super) fn write(canvas: &Canvas, comment: &str) -> Result<Vec<u8>, FigureError> {
    let scale = DOTS_PER_INCH / 72.0;
    let (width, height) = (pixels(canvas.width * scale), pixels(canvas.height * scale));
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| FigureError::Backend(format!("no picture of {width} x {height} pixels")))?;
    pixmap.fill(Color::WHITE);
    let transform = Transform::from_scale(scale as f32, scale as f32);
    for shape in canvas.items.iter().map(Item::drawn) {
        // a path of nothing, or of a single point, marks no pixel
        let Some(path) = path(&shape.steps) else { continue };
        if let Some(ink) = shape.fill {
            pixmap.fill_path(&path, &paint(ink), FillRule::Winding, transform, None);
        }
        if let Some(stroke) = shape.stroke {
            pixmap.stroke_path(&path, &paint(stroke.ink), &line(stroke), transform, None);
        }
    }
    // nothing is transparent, so the colours are as they are
    let colours: Vec<u8> =
        pixmap.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
    encode(width, height, &colours, comment)
}

fn encode(width: u32, height: u32, colours: &[u8], comment: &str) -> Result<Vec<u8>, FigureError> {
    let wrong = |error: png::EncodingError| FigureError::Backend(error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let per_metre = pixels(DOTS_PER_INCH / 0.0254);
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit }));
    if !comment.is_empty() {
        let (keyword, text) = ("Comment".to_owned(), comment.to_owned());
        encoder.add_itxt_chunk(keyword, text).map_err(wrong)?;
    }
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(colours).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(bytes)
}

fn pixels(value: f64) -> u32 {
    value.round() as u32
}

fn paint(Ink(red, green, blue): Ink) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, 255);
    paint
}

fn line(stroke: Stroke) -> tiny_skia::Stroke {
    tiny_skia::Stroke {
        width: stroke.width as f32,
        line_join: LineJoin::Round,
        dash: StrokeDash::new(stroke.dash.to_vec(), 0.0),
        ..tiny_skia::Stroke::default()
    }
}

fn path(steps: &[Step]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let at = |(x, y): (f64, f64)| (x as f32, y as f32);
    for step in steps {
        match *step {
            Step::Move(p) => builder.move_to(at(p).0, at(p).1),
            Step::Line(p) => builder.line_to(at(p).0, at(p).1),
            Step::Quad(p, q) => builder.quad_to(at(p).0, at(p).1, at(q).0, at(q).1),
            Step::Cubic(p, q, r) => {
                builder.cubic_to(at(p).0, at(p).1, at(q).0, at(q).1, at(r).0, at(r).1);
            }
            Step::Close => builder.close(),
        }
    }
    builder.finish()
}
