//! Reads HTML as a browser does (html5ever) and tells every element it would make, wherever it ends up in the tree.

// Each test binary includes this file as a module of its own and uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, LocalName, ParseOpts, QualName, local_name, ns};
use std::borrow::Cow;
use std::cell::{Ref, RefCell};

/// An element that a browser makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub name: String,
    /// In HTML's own namespace, not in that of SVG or MathML.
    pub html: bool,
    pub mathml: bool,
    pub attributes: Vec<(String, String)>,
}

/// The elements of a fragment that is put into a `<div>`; first as with scripts, then as without.
pub fn elements_within(html: &str) -> Vec<Made> {
    let mut made = Vec::new();
    for scripting in [true, false] {
        let name = QualName::new(None, ns!(html), local_name!("div"));
        let parser = html5ever::parse_fragment(Sink::default(), options(scripting), name, Vec::new(), scripting);
        // The first two are what stands around the fragment: the `<div>` and the root.
        made.extend(parser.one(html).into_iter().skip(2));
    }
    made
}

/// The elements of a whole page.
pub fn elements_of_page(html: &str) -> Vec<Made> {
    html5ever::parse_document(Sink::default(), options(true)).one(html)
}

fn options(scripting: bool) -> ParseOpts {
    let mut options = ParseOpts::default();
    options.tree_builder.scripting_enabled = scripting;
    options
}

/// Keeps names and attributes; who stands in whom makes no difference to what may be there at all.
#[derive(Default)]
struct Sink {
    made: RefCell<Vec<(QualName, Vec<Attribute>)>>,
}

impl TreeSink for Sink {
    /// Number of the element plus one; 0 is the document.
    type Handle = usize;
    type Output = Vec<Made>;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Vec<Made> {
        let made = self.made.into_inner().into_iter();
        made.map(|(name, attributes)| Made {
            name: name.local.to_string(),
            html: name.ns == ns!(html),
            mathml: name.ns == ns!(mathml),
            attributes: attributes
                .into_iter()
                .map(|attribute| {
                    let prefix = attribute.name.prefix.map(|prefix| format!("{prefix}:")).unwrap_or_default();
                    (format!("{prefix}{}", attribute.name.local), attribute.value.to_string())
                })
                .collect(),
        })
        .collect()
    }

    fn elem_name(&self, target: &usize) -> Ref<'_, QualName> {
        Ref::map(self.made.borrow(), |made| &made[target - 1].0)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        self.made.borrow_mut().push((name, attributes));
        self.made.borrow().len()
    }

    fn add_attrs_if_missing(&self, target: &usize, attributes: Vec<Attribute>) {
        self.made.borrow_mut()[target - 1].1.extend(attributes);
    }

    fn get_template_contents(&self, target: &usize) -> usize {
        *target
    }

    fn same_node(&self, x: &usize, y: &usize) -> bool {
        x == y
    }

    fn get_document(&self) -> usize {
        0
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        let name = QualName::new(None, ns!(html), LocalName::from("#comment"));
        self.create_element(name, Vec::new(), ElementFlags::default())
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.create_comment(StrTendril::new())
    }

    fn parse_error(&self, _: Cow<'static, str>) {}
    fn append(&self, _: &usize, _: NodeOrText<usize>) {}
    fn append_based_on_parent_node(&self, _: &usize, _: &usize, _: NodeOrText<usize>) {}
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn append_before_sibling(&self, _: &usize, _: NodeOrText<usize>) {}
    fn remove_from_parent(&self, _: &usize) {}
    fn reparent_children(&self, _: &usize, _: &usize) {}
}
