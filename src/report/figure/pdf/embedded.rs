//! The glyphs that a document needs of a font, as a font file within it, and what each of them reads as.

use super::super::FigureError;
use super::super::canvas::{Canvas, Item};
use super::super::font::Font;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Finish, Name, Pdf, Rect, Ref, Str};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;

/// Width of vertical stems in thousandths of the size, for readers that replace fonts; none has to.
const STEM: f32 = 88.0;
const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

pub(super) struct Embedded {
    pub(super) font: Font,
    /// glyphs of the font to those of the part of it
    part: GlyphRemapper,
    /// by glyph of the font; what a glyph stands for that stands for several is what it first stood for
    characters: BTreeMap<u16, char>,
    file: Vec<u8>,
    name: String,
}

/// The fonts of a canvas, each with the glyphs that its labels use.
pub(super) fn embedded(canvas: &Canvas) -> Result<Vec<Embedded>, FigureError> {
    let labels = || {
        canvas.items.iter().filter_map(|item| match item {
            Item::Label(label) => Some(label),
            Item::Shape(_) => None,
        })
    };
    let mut found = Vec::new();
    for font in Font::ALL {
        let mut characters = BTreeMap::new();
        let glyphs = labels().flat_map(|label| &label.glyphs);
        let mut used: Vec<u16> = Vec::new();
        for placed in glyphs.filter(|placed| placed.font == font) {
            used.push(placed.glyph);
            if placed.glyph != 0 {
                characters.entry(placed.glyph).or_insert(placed.character);
            }
        }
        if used.is_empty() {
            continue;
        }
        let part = GlyphRemapper::new_from_glyphs_sorted(&used);
        let file = subsetter::subset(font.bytes(), 0, &part)
            .map_err(|error| FigureError::Backend(format!("its font: {error}")))?;
        let name = name(font, &file);
        found.push(Embedded { font, part, characters, file, name });
    }
    Ok(found)
}

/// Parts of a font have six letters before its name, which tell them apart.
fn name(font: Font, file: &[u8]) -> String {
    let letters = Sha256::digest(file).into_iter().take(6).map(|byte| char::from(b'A' + byte % 26));
    let style = match font {
        Font::Regular => "Regular",
        Font::Italic => "Italic",
    };
    format!("{}+Figures-{style}", letters.collect::<String>())
}

impl Embedded {
    /// Its name among the page's fonts.
    pub(super) fn resource(&self) -> &'static [u8] {
        match self.font {
            Font::Regular => b"R",
            Font::Italic => b"I",
        }
    }

    pub(super) fn character(&self, glyph: u16) -> Option<char> {
        self.characters.get(&glyph).copied()
    }

    /// How a text names a glyph.
    pub(super) fn code(&self, glyph: u16) -> u16 {
        self.part.get(glyph).unwrap_or(0)
    }

    /// As object `id`, and what belongs to it as those from `next` on.
    pub(super) fn write(&self, pdf: &mut Pdf, id: Ref, next: &mut Ref) {
        let [descendant, descriptor, file, characters] = [(); 4].map(|()| next.bump());
        let name = Name(self.name.as_bytes());
        let mut font = pdf.type0_font(id);
        font.base_font(name).encoding_predefined(Name(b"Identity-H"));
        font.descendant_font(descendant).to_unicode(characters);
        font.finish();

        let mut font = pdf.cid_font(descendant);
        font.subtype(CidFontType::Type2).base_font(name).system_info(IDENTITY);
        font.font_descriptor(descriptor).cid_to_gid_map_predefined(Name(b"Identity"));
        let thousandths = |units: f64| (units / self.font.units() * 1000.0) as f32;
        let advances = self.part.remapped_gids().map(|glyph| self.font.advance(glyph));
        font.widths().consecutive(0, advances.map(thousandths));
        font.finish();

        let face = self.font.face();
        let italic = if self.font == Font::Italic { FontFlags::ITALIC } else { FontFlags::empty() };
        let edges = face.global_bounding_box();
        let of = |units: i16| thousandths(f64::from(units));
        let mut written = pdf.font_descriptor(descriptor);
        written.name(name).flags(FontFlags::SYMBOLIC | italic);
        written.bbox(Rect::new(of(edges.x_min), of(edges.y_min), of(edges.x_max), of(edges.y_max)));
        written.italic_angle(face.italic_angle()).stem_v(STEM);
        written.ascent(of(face.ascender())).descent(of(face.descender()));
        written.cap_height(of(face.capital_height().unwrap_or(face.ascender())));
        written.font_file2(file);
        written.finish();

        pdf.stream(file, &self.file).pair(Name(b"Length1"), self.file.len() as i32);
        let mut map = UnicodeCmap::new(Name(b"Figures"), IDENTITY);
        for (&glyph, &character) in &self.characters {
            map.pair(self.code(glyph), character);
        }
        pdf.stream(characters, &map.finish());
    }
}
