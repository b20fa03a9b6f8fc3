//! How often two agree.

use std::collections::BTreeMap;
use std::fmt;

use sophia_compiler::query::QueryShape;
use sophia_plan::types::Type;

use crate::ours::Ours;
use crate::statements::Statement;

/// What came of each statement, by its name.
pub type Ran = BTreeMap<String, Result<Vec<Live>, String>>;

/// Adds what came over one filling of the tables: what was missing once may be missing.
pub fn remember(ran: &mut Ran, name: &str, came: Result<Vec<Live>, String>) {
    let came = match (ran.remove(name), came) {
        (Some(Err(error)), _) => Err(error),
        (Some(Ok(before)), Ok(mut now)) => {
            for (now, before) in now.iter_mut().zip(before) {
                now.was_missing |= before.was_missing;
            }
            Ok(now)
        }
        (_, came) => came,
    };
    ran.insert(name.to_owned(), came);
}

/// A column as a live source has it.
pub struct Live {
    pub name: String,
    /// `None` where no value came, so that its type cannot be told.
    pub of: Option<Said>,
    /// A row without a value was seen.
    pub was_missing: bool,
    /// The source itself promises that it is never missing.
    pub promised: bool,
}

/// What a live source says about a type.
pub enum Said {
    /// Exactly this.
    Exactly(Type),
    /// The values that came are of a kind that these types have.
    OneOf(Vec<Type>),
    /// A type that the language has no word for.
    Foreign(String),
}

/// A live source does not say whether an item of a list may be missing.
fn is_same_list(ours: &Type, theirs: &Type) -> bool {
    match (ours, theirs) {
        (Type::List(ours), Type::List(theirs)) => ours.present() == theirs.present(),
        _ => false,
    }
}

/// Agreements over all.
#[derive(Clone, Copy, Default)]
pub struct Share {
    pub agreed: usize,
    pub of: usize,
}

impl Share {
    fn add(&mut self, agreed: bool) {
        self.of += 1;
        self.agreed += usize::from(agreed);
    }

    /// Per thousand.
    pub fn thousandths(self) -> usize {
        self.agreed * 1000 / self.of.max(1)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.agreed, self.of)
    }
}

/// The shares of one source, and what did not agree.
#[derive(Default)]
pub struct Rate {
    pub statements: Share,
    pub names: Share,
    /// Those among them that have no name of their own: the checker asks for one.
    pub unnamed: usize,
    pub types: Share,
    pub nullability: Share,
    pub differences: Vec<String>,
    /// Statements that the source itself refused: they are wrong.
    pub not_run: Vec<String>,
    /// A column that we call never missing and that was missing.
    pub unsound: Vec<String>,
}

impl Rate {
    /// A statement that the checker refused although the source runs it.
    fn refused(&mut self, name: &str, why: &str) {
        self.statements.add(false);
        self.differences.push(format!("{name}: {why}"));
    }

    /// Holds what the checker says of every statement against what came when it ran.
    pub fn hold_against(&mut self, ours: &Ours<'_>, statements: &[Statement], ran: &mut Ran) {
        for statement in statements {
            let before = self.differences.len();
            match ran.remove(&statement.name) {
                Some(Ok(theirs)) => match ours.check(&statement.sql) {
                    Ok(shape) => self.compare(&statement.name, &shape, &theirs),
                    Err(errors) => {
                        let told: Vec<String> = errors
                            .iter()
                            .map(|error| format!("{} {}", error.code, error.message))
                            .collect();
                        self.refused(&statement.name, &told.join("; "));
                    }
                },
                Some(Err(error)) => self
                    .not_run
                    .push(format!("{}: {error}\n  {}", statement.name, statement.sql)),
                None => self.not_run.push(statement.name.clone()),
            }
            if self.differences.len() > before {
                self.differences.push(format!("  {}", statement.sql));
            }
        }
    }

    fn compare(&mut self, name: &str, ours: &QueryShape, theirs: &[Live]) {
        let fields = &ours.row.fields;
        if fields.len() != theirs.len() {
            self.refused(
                name,
                &format!("{} columns, live {}", fields.len(), theirs.len()),
            );
            return;
        }
        self.statements.add(true);
        for (index, (field, live)) in fields.iter().zip(theirs).enumerate() {
            // A column that needs a name gets one after its place, with a warning that says so.
            let unnamed = *field.name == *format!("column_{}", index + 1);
            let told = ours
                .warnings
                .iter()
                .any(|warning| warning.code.as_str() == "S405");
            let same_name = *field.name == *live.name || (unnamed && told);
            self.names.add(same_name);
            self.unnamed += usize::from(unnamed && told && *field.name != *live.name);
            if !same_name {
                self.differences.push(format!(
                    "{name}: name `{}`, live `{}`",
                    field.name, live.name
                ));
            }
            if let Some(said) = &live.of {
                let found = field.of.present();
                let agreed = match said {
                    Said::Exactly(of) => found == of || is_same_list(found, of),
                    Said::OneOf(types) => types.contains(found),
                    Said::Foreign(_) => *found == Type::Unknown,
                };
                self.types.add(agreed);
                if !agreed {
                    let live_type = match said {
                        Said::Exactly(of) => of.to_string(),
                        Said::OneOf(types) => types
                            .iter()
                            .map(Type::to_string)
                            .collect::<Vec<_>>()
                            .join(" or "),
                        Said::Foreign(word) => word.clone(),
                    };
                    self.differences.push(format!(
                        "{name}: `{}` is {found}, live {live_type}",
                        live.name
                    ));
                }
            }
            let never = !field.of.is_optional() && *field.of.present() != Type::Unknown;
            let wrong = never && live.was_missing;
            let timid = !never && live.promised && *field.of.present() != Type::Unknown;
            self.nullability.add(!wrong && !timid);
            if wrong {
                self.unsound.push(format!(
                    "{name}: `{}` was missing, and we call it {}",
                    live.name, field.of
                ));
            }
            if timid {
                self.differences.push(format!(
                    "{name}: `{}` is never missing, and we call it {}",
                    live.name, field.of
                ));
            }
        }
    }

    /// Prints the shares and the differences.
    pub fn print(&self, source: &str) {
        println!(
            "agreement: {source} statements {} names {} ({} of them asked for) types {} nullability {}",
            self.statements, self.names, self.unnamed, self.types, self.nullability
        );
        for difference in self
            .differences
            .iter()
            .chain(&self.unsound)
            .chain(&self.not_run)
        {
            println!("  {difference}");
        }
    }

    /// No share may fall below its floor, in thousandths; nothing may be unsound.
    pub fn hold(&self, floors: [usize; 4]) {
        assert!(self.not_run.is_empty(), "{}", self.not_run.join("\n"));
        assert!(self.unsound.is_empty(), "{}", self.unsound.join("\n"));
        let shares = [
            ("statements", self.statements),
            ("names", self.names),
            ("types", self.types),
            ("nullability", self.nullability),
        ];
        for ((what, share), floor) in shares.into_iter().zip(floors) {
            assert!(
                share.thousandths() >= floor,
                "{what}: {share}, wanted {floor} of 1000\n{}",
                self.differences.join("\n")
            );
        }
    }
}
