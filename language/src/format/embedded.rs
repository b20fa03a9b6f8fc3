//! Texts of several lines and SQL bodies: moved as a block, never touched inside.

/// A text, moved so that its lines begin at `margin`. The indentation that its lines share is not
/// part of it, so it says the same.
pub(super) fn text(written: &str, margin: usize) -> String {
    let Some(content) = written
        .strip_prefix("\"\"\"")
        .and_then(|rest| rest.strip_suffix("\"\"\""))
    else {
        return written.to_owned();
    };
    let Some((first, lines)) = content.split_once('\n') else {
        return written.to_owned();
    };
    if !first.trim().is_empty() {
        return written.to_owned();
    }
    let lines: Vec<&str> = lines.split('\n').map(without_return).collect();
    let common = common(&lines);
    let space = " ".repeat(margin);
    let mut moved = String::from("\"\"\"");
    let last = lines.len().saturating_sub(1);
    for (at, line) in lines.iter().enumerate() {
        moved.push('\n');
        if !line.trim().is_empty() {
            moved.push_str(&space);
            moved.push_str(line.get(common..).unwrap_or(""));
        } else if at == last {
            moved.push_str(&space);
        }
    }
    moved.push_str("\"\"\"");
    moved
}

/// A SQL body with its braces on a line indented by `indentation`. `fixed` says that a quote in it
/// holds a line break: then it stays as it is.
pub(super) fn sql(written: &str, fixed: bool, indentation: usize, step: usize) -> String {
    let Some(content) = written
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    else {
        return written.to_owned();
    };
    if fixed {
        return written.to_owned();
    }
    let Some((first, lines)) = content.split_once('\n') else {
        return format!("{{ {} }}", content.trim());
    };
    if !first.trim().is_empty() {
        return written.to_owned();
    }
    let lines: Vec<&str> = lines.trim_end().split('\n').map(without_return).collect();
    let common = common(&lines);
    let space = " ".repeat(indentation + step);
    let mut moved = String::from("{");
    for line in lines {
        moved.push('\n');
        if !line.trim().is_empty() {
            moved.push_str(&space);
            moved.push_str(line.get(common..).unwrap_or("").trim_end());
        }
    }
    moved.push('\n');
    moved.push_str(&" ".repeat(indentation));
    moved.push('}');
    moved
}

fn without_return(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

/// The indentation that all lines share, in bytes.
fn common(lines: &[&str]) -> usize {
    lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0)
}
