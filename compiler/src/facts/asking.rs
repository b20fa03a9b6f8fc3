//! What is asked: models and people.
//!
//! Kept true here: what is shown leaves, and what comes back may repeat it; a model's reply is doubted until an `ensure`
//! vouches for it.

use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Ask, ModelDefinition, Question, Step};
use sophia_plan::types::Type;

use super::env::Path;
use super::flow::Destination;
use super::known::Known;
use super::label::{Label, Level};
use super::pass::{Walk, passing};
use super::sending::Sending;
use super::trail::Trail;
use super::trust::shown_in;
use super::written::{doubted, internal, stop};
use crate::sources::Part;

/// What the manifest clears people for who are asked one by one.
const PEOPLE: &str = "people";

impl Walk<'_> {
    /// The reply of a model. It shows its prompt, and nobody vouches for it but its type and `ensure`.
    pub(super) fn model(
        &mut self,
        step: &Step,
        name: &Arc<str>,
        model: &ModelDefinition,
        arguments: &[(Arc<str>, Known)],
    ) -> Known {
        let depth = self.env.depth();
        for (parameter, known) in arguments {
            let mut known = known.clone();
            if let Some((_, of)) = model
                .parameters
                .iter()
                .find(|(known, _)| known == parameter)
            {
                known.add_type(of);
            }
            let what = || format!("model {name}, `{parameter}`");
            let known = passing(known, what, "", self.spot(step));
            self.env.bind(parameter.clone(), known);
        }
        let spot = self.declared(name);
        let mut prompt = Label::public();
        for route in &model.routes {
            let sending = Sending {
                step,
                to: Destination::Model {
                    model: name.clone(),
                    route: route.clone(),
                },
                steers: false,
            };
            let known = self.send(&sending, &model.prompt, spot.at(Part::Prompt));
            prompt = known.whole();
        }
        let what = format!("model {name}");
        let reply = Arc::new(stop(&what, "its reply", spot.clone()));
        let mut label = Label::level(Level::Internal, Trail::at(&reply));
        label.join(&prompt.via(|| reply));
        let label = doubted(label, &what, spot);
        let mut reply = Known::typed(&model.result, &label);
        reply = self.ensured(model, reply);
        if let Some((otherwise, _)) = &model.otherwise {
            let known = self.value(otherwise);
            reply = reply.join(&known);
        }
        self.env.forget(depth);
        reply
    }

    /// What the `ensure` clauses vouch for in a reply.
    fn ensured(&mut self, model: &ModelDefinition, reply: Known) -> Known {
        let result: Arc<str> = Arc::from("result");
        let fields: Vec<Arc<str>> = match &model.result {
            Type::Record(record) => record
                .fields
                .iter()
                .map(|field| field.name.clone())
                .collect(),
            _ => Vec::new(),
        };
        let depth = self.env.depth();
        for field in &fields {
            self.env.bind(field.clone(), reply.field(field));
        }
        self.env.bind(result.clone(), reply.clone());
        let mut vouched: Vec<Vec<Arc<str>>> = Vec::new();
        for condition in &model.ensure {
            for path in self.vouched(condition, true) {
                let super::env::Root::Name(root) = path.root else {
                    continue;
                };
                if root == result {
                    vouched.push(path.fields);
                } else if fields.contains(&root) {
                    vouched.push(std::iter::once(root).chain(path.fields).collect());
                }
            }
        }
        self.env.forget(depth);
        let mut reply = reply;
        for path in vouched {
            super::env::vouch(&mut reply, &path);
        }
        reply
    }

    /// A person is asked: what is shown leaves, and what comes back may repeat it.
    pub(super) fn ask(&mut self, step: &Step, ask: &Ask) -> (Known, Vec<Path>) {
        let spot = self.spot(step);
        let whom = match &ask.whom {
            Expression::Constant(sophia_plan::value::Value::Text(group)) => group.clone(),
            _ => Arc::from(PEOPLE),
        };
        let steering = Sending {
            step,
            to: Destination::Whom,
            steers: true,
        };
        self.send(&steering, &ask.whom, spot.at(Part::Whom));
        let mut asked = vec![whom];
        let within = step.policy.within.as_ref();
        if let Some(within) = within {
            self.delay(&within.limit);
            for (index, escalation) in within.then.iter().enumerate() {
                self.send(
                    &steering,
                    &escalation.whom,
                    spot.at(Part::Escalation(index)),
                );
                asked.push(match &escalation.whom {
                    Expression::Constant(sophia_plan::value::Value::Text(group)) => group.clone(),
                    _ => Arc::from(PEOPLE),
                });
            }
        }
        let (text, starting_with) = match &ask.question {
            Question::Approve { text } => (text, None),
            Question::Form {
                text,
                starting_with,
            } => (text, starting_with.as_ref()),
        };
        let mut shown = Label::public();
        for whom in asked {
            let sending = Sending {
                step,
                to: Destination::People { whom },
                steers: false,
            };
            self.decided(step, sending.to.clone(), spot.clone());
            shown.join(&self.send(&sending, text, spot.at(Part::Shown)).whole());
            if let Some(value) = starting_with {
                let known = self.send(&sending, value, spot.at(Part::StartingWith));
                shown.join(&known.whole());
            }
        }
        let mut label = internal("an answer", "", spot.clone());
        label.join(
            &shown
                .vouched()
                .via(|| Arc::new(stop(&step.label, "its answer", spot))),
        );
        let answer = Known::typed(&step.result, &label);
        let approves = match &ask.question {
            Question::Approve { text } => shown_in(text),
            Question::Form { .. } => Vec::new(),
        };
        (answer, approves)
    }
}
