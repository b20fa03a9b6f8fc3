//! Drawings: every step is there, text is escaped, and effects say so in words.

use std::collections::BTreeSet;

use sophia_plan::graph::{Look, dot, mermaid, picture, svg};

use crate::common::sample::plan;

#[test]
fn every_notation_names_every_step_and_says_effect() {
    for drawing in [mermaid(&plan()), dot(&plan()), svg(&plan())] {
        for words in [
            "customers",
            "at_risk",
            "for each customer",
            "8 at a time",
            "do slack.post_message",
            "effect",
            "otherwise",
            "on failure",
            "stop",
            "advice = advise",
        ] {
            assert!(drawing.contains(words), "`{words}` is not in\n{drawing}");
        }
        assert_eq!(drawing.matches("do slack.post_message").count() % 2, 0);
    }
}

#[test]
fn order_is_drawn_otherwise_than_data() {
    assert!(mermaid(&plan()).contains(" -.-> "));
    assert!(mermaid(&plan()).contains(" --> "));
    assert!(dot(&plan()).contains("style=dashed"));
    assert!(svg(&plan()).contains("class=\"order\""));
    assert!(svg(&plan()).contains("class=\"data\""));
}

#[test]
fn text_of_the_playbook_cannot_leave_its_place() {
    let mut hostile = plan();
    hostile.playbook = "x\"><script>alert(1)</script>]\n".into();
    for step in hostile.body.graph.node_weights_mut() {
        step.label = "a\"] --> b; </text><script>&\u{7}\\".into();
        step.documentation = Some("<script>".into());
    }
    let picture = svg(&hostile);
    assert!(!picture.contains("<script>"), "{picture}");
    assert!(!picture.contains('\u{7}'));
    assert!(!mermaid(&hostile).contains("a\"]"));
    for line in dot(&hostile).lines().filter(|line| line.contains("label=")) {
        let quotes = line
            .replace("\\\\", "")
            .replace("\\\"", "")
            .matches('"')
            .count();
        assert_eq!(quotes % 2, 0, "{line}");
    }
}

#[test]
fn the_picture_is_well_formed_and_explains_itself() {
    let picture = svg(&plan());
    assert!(picture.starts_with("<svg "));
    assert!(picture.contains("role=\"img\""));
    assert!(picture.contains("<title id=\"plan-churn-watch-title\">Plan of churn_watch</title>"));
    assert!(picture.contains("10 steps. These change the world:"));
    for element in ["g", "text", "title", "svg", "defs", "marker"] {
        let opened = picture.matches(&format!("<{element} ")).count()
            + picture.matches(&format!("<{element}>")).count();
        let closed = picture.matches(&format!("</{element}>")).count();
        assert_eq!(opened, closed, "{element}");
    }
}

/// The numbers of an attribute of every rectangle.
fn numbers(picture: &str, attribute: &str) -> Vec<f64> {
    picture
        .lines()
        .filter(|line| line.starts_with("<rect"))
        .map(|line| {
            let (_, rest) = line
                .split_once(&format!(" {attribute}=\""))
                .expect("the attribute");
            let (number, _) = rest.split_once('"').expect("its end");
            number.parse().expect("a number")
        })
        .collect()
}

#[test]
fn boxes_stand_inside_the_picture_and_do_not_cross() {
    let picture = svg(&plan());
    let (_, size) = picture.split_once("viewBox=\"0 0 ").expect("a size");
    let mut size = size.split(['"', ' ']).map(str::parse::<f64>);
    let width = size.next().expect("a width").expect("a number");
    let height = size.next().expect("a height").expect("a number");
    let [x, y, w, h] = ["x", "y", "width", "height"].map(|name| numbers(&picture, name));
    assert!(x.len() >= 10);
    for one in 0..x.len() {
        assert!(x[one] >= 0.0 && x[one] + w[one] <= width, "box {one}");
        assert!(y[one] >= 0.0 && y[one] + h[one] <= height, "box {one}");
        for other in 0..one {
            let apart = x[one] + w[one] <= x[other]
                || x[other] + w[other] <= x[one]
                || y[one] + h[one] <= y[other]
                || y[other] + h[other] <= y[one];
            let inside = |inner: usize, outer: usize| {
                x[inner] >= x[outer]
                    && y[inner] >= y[outer]
                    && x[inner] + w[inner] <= x[outer] + w[outer]
                    && y[inner] + h[inner] <= y[outer] + h[outer]
            };
            assert!(
                apart || inside(one, other) || inside(other, one),
                "boxes {one} and {other} cross"
            );
        }
    }
}

#[test]
fn one_plan_has_one_drawing() {
    assert_eq!(svg(&plan()), svg(&plan()));
    assert_eq!(dot(&plan()), dot(&plan()));
    assert_eq!(mermaid(&plan()), mermaid(&plan()));
}

#[test]
fn a_picture_knows_what_each_of_its_boxes_stands_for() {
    let plan = plan();
    let drawn = picture(&plan);
    assert_eq!(drawn.svg, svg(&plan));
    let elements: BTreeSet<&str> = (drawn.steps.iter())
        .map(|step| step.element.as_str())
        .collect();
    assert_eq!(elements.len(), drawn.steps.len(), "each has its own name");
    for step in &drawn.steps {
        let element = format!(
            "<g id=\"{}\" class=\"{}\">",
            step.element,
            step.look.class()
        );
        assert_eq!(drawn.svg.matches(&element).count(), 1, "{element}");
    }
    let effect = (drawn.steps.iter())
        .find(|step| step.title == "do slack.post_message")
        .expect("the effect");
    assert_eq!(effect.look, Look::Effect);
    assert!(effect.depth > 0, "it stands in a loop");
    let origins: BTreeSet<_> = (plan.steps().iter())
        .map(|step| (step.origin.line, step.origin.column))
        .collect();
    let drawn: BTreeSet<_> = (drawn.steps.iter())
        .map(|step| (step.origin.line, step.origin.column))
        .collect();
    assert_eq!(drawn, origins);
}
