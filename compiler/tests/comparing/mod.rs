//! What is said of a playbook before and after it was written otherwise.
//!
//! Kept true here: a difference is told whichever of both has more.

mod plans;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use plans::{with_old_names, without_places};
use serde_json::Value as Json;
use sophia_compiler::Checked;
use sophia_diagnostics::{LineIndex, Severity};

use crate::corpus::{Company, Planted, corpus};
use crate::generated::playbooks;
use crate::rewriting::{Rewritten, Seed};

/// A playbook as it stands, with what a check says.
pub struct Original {
    pub planted: Planted,
    pub files: Vec<(String, String)>,
    pub checked: Checked,
}

pub static COMPANY: LazyLock<Company> = LazyLock::new(Company::read);

/// Playbooks that were put together at random.
pub static GENERATED: LazyLock<Vec<Original>> =
    LazyLock::new(|| playbooks(120).into_iter().map(Original::new).collect());

/// Those of the corpus, which people wrote.
static WRITTEN: LazyLock<Vec<Original>> = LazyLock::new(|| {
    (corpus().into_iter())
        .map(|(_, planted)| planted)
        .filter(|planted| planted.name.ends_with(".sophia"))
        .map(Original::new)
        .collect()
});

/// All of them.
pub fn originals() -> impl Iterator<Item = &'static Original> {
    GENERATED.iter().chain(WRITTEN.iter())
}

/// The codes with their lines.
type Verdict = BTreeSet<(String, u32)>;

impl Original {
    fn new(planted: Planted) -> Self {
        let files = COMPANY.files(&planted.name, &planted.text);
        let checked = COMPANY.check(&files);
        Self {
            planted,
            files,
            checked,
        }
    }

    /// Whether it has no mistake.
    pub fn is_sound(&self) -> bool {
        !(self.checked.diagnostics.iter()).any(sophia_diagnostics::Diagnostic::is_error)
    }

    pub fn name(&self) -> &str {
        self.files.first().map_or("", |(path, _)| path)
    }

    /// What is said of another text in its place.
    pub fn check(&self, text: &str) -> Checked {
        let mut files = self.files.clone();
        if let Some((_, old)) = files.first_mut() {
            text.clone_into(old);
        }
        COMPANY.check(&files)
    }

    fn verdict(&self, checked: &Checked, line: &dyn Fn(usize) -> u32) -> Verdict {
        (checked.diagnostics.iter())
            .filter(|diagnostic| diagnostic.code.severity() != Severity::Hint)
            .map(|diagnostic| {
                // Where one of two equals is told depends on their order.
                let place = if *diagnostic.file == *self.name()
                    && !EQUALS.contains(&diagnostic.code.as_str())
                {
                    line(diagnostic.span.start as usize)
                } else {
                    0
                };
                (diagnostic.code.to_string(), place)
            })
            .collect()
    }

    fn plan(&self, checked: &Checked) -> Option<Json> {
        let playbook =
            (checked.playbooks.iter()).find(|playbook| *playbook.file == *self.name())?;
        let plan = playbook.plan.as_ref()?;
        let mut plan = serde_json::to_value(&**plan).expect("a plan can be written");
        without_places(&mut plan);
        Some(plan)
    }

    /// What is said otherwise of the other text.
    pub fn difference(
        &self,
        rewritten: &Rewritten,
        checked: &Checked,
        looks_at: LooksAt,
    ) -> Option<String> {
        let expected = self.verdict(&self.checked, &|start| {
            line_in(rewritten, rewritten.place(start))
        });
        let came = self.verdict(checked, &|start| line_in(rewritten, start));
        let (name, text) = (&self.planted.name, &rewritten.text);
        if came != expected {
            return Some(format!(
                "{name}: expected {expected:?}, came {came:?}\n{text}"
            ));
        }
        if looks_at == LooksAt::Verdict {
            return None;
        }
        let plan = self.plan(&self.checked)?;
        let other = with_old_names(&self.plan(checked)?, &rewritten.names);
        (plan != other).then(|| format!("{name}: another plan\n{text}\n{plan}\n{other}"))
    }
}

/// What must stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooksAt {
    Verdict,
    /// And the plan, where there is one.
    PlanToo,
}

/// The line of a place of a text that was written otherwise.
fn line_in(rewritten: &Rewritten, place: usize) -> u32 {
    let lines = LineIndex::new(&rewritten.text);
    let line = |place: usize| lines.position(place).line;
    match rewritten.alike {
        Some((one, other)) if line(one) == line(place) => line(other),
        _ => line(place),
    }
}

/// Codes of two places of which either could be told.
const EQUALS: [&str; 3] = ["S202", "S214", "S801"];

/// What came of many comparisons.
#[derive(Default)]
pub struct Compared {
    /// The playbooks that were looked at.
    pub playbooks: usize,
    /// Those of them that could be changed.
    pub changed: usize,
    /// How many changed texts were compared.
    pub cases: usize,
    /// Those of them that show what the property is about.
    pub telling: usize,
    /// The differences.
    pub differences: Vec<String>,
}

impl Compared {
    /// That nothing differs, and that so many of a hundred playbooks and cases show something.
    #[track_caller]
    pub fn holds(&self, changed: usize, telling: usize) {
        let Self {
            playbooks,
            changed: were,
            cases,
            telling: tell,
            ..
        } = self;
        assert!(
            were * 100 >= playbooks * changed,
            "{were} of {playbooks} playbooks could be changed"
        );
        assert!(
            tell * 100 >= cases * telling,
            "{tell} of {cases} cases show what it is about"
        );
        assert!(
            self.differences.is_empty(),
            "\n{}",
            self.differences.join("\n")
        );
    }

    /// That something differs in so many of a hundred cases.
    #[track_caller]
    pub fn breaks(&self, share: usize) {
        let (told, cases) = (self.differences.len(), self.cases);
        assert!(cases >= 30, "{cases} cases");
        assert!(
            told * 100 >= cases * share,
            "told in {told} of {cases} cases"
        );
    }
}

/// Rewrites playbooks, each so many times, and compares.
pub fn compared(
    originals: impl Iterator<Item = &'static Original>,
    times: u64,
    looks_at: LooksAt,
    rewrite: &dyn Fn(&Original, &mut Seed) -> Option<Rewritten>,
    tells: &dyn Fn(&Original, &Rewritten) -> bool,
) -> Compared {
    let mut all = Compared::default();
    for original in originals {
        all.playbooks += 1;
        let before = all.cases;
        for number in 1..=times {
            let mut seed = Seed::new(&original.planted.name, number);
            let Some(rewritten) = rewrite(original, &mut seed)
                .filter(|rewritten| rewritten.text != original.planted.text)
            else {
                continue;
            };
            all.cases += 1;
            all.telling += usize::from(tells(original, &rewritten));
            let checked = original.check(&rewritten.text);
            all.differences
                .extend(original.difference(&rewritten, &checked, looks_at));
        }
        all.changed += usize::from(all.cases > before);
    }
    all
}
