//! In which block a reading is needed.
//!
//! Kept true here: the block holds every use that sees the reading; between it and the outermost block in which the
//! reading may stand there is no loop, whose every round would read again.

/// A block, by the order in which blocks are entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    number: usize,
    rounds: Rounds,
}

/// How often a block runs each time that it is come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rounds {
    /// At most once.
    #[default]
    One,
    /// For every item, or in every round.
    Several,
}

/// Where the readings of one part of a playbook are needed, in the order in which they are made.
#[derive(Debug, Default)]
pub(super) struct Needed {
    /// How many blocks have been entered.
    entered: usize,
    made: Vec<Holding>,
    /// How deep each reading stands, where an earlier pass has told so.
    told: Vec<usize>,
}

/// The blocks that hold every use of a reading so far.
#[derive(Debug)]
struct Holding {
    /// How many of the blocks must be around it.
    outermost: usize,
    /// From the part itself inwards.
    blocks: Vec<Place>,
}

impl Holding {
    /// How deep the reading stands at best.
    fn depth(&self) -> usize {
        let inside = self.blocks.iter().skip(self.outermost + 1);
        let plain = inside.take_while(|place| place.rounds == Rounds::One);
        self.outermost + plain.count()
    }
}

impl Needed {
    /// A block is entered.
    pub(super) fn enter(&mut self, rounds: Rounds) -> Place {
        self.entered += 1;
        Place {
            number: self.entered,
            rounds,
        }
    }

    /// A reading is made for a use inside these blocks, from the outermost inwards: its number, and how deep it stands.
    /// `outermost` is the least of what is possible.
    pub(super) fn make(
        &mut self,
        outermost: usize,
        blocks: impl Iterator<Item = Place>,
    ) -> (usize, usize) {
        let number = self.made.len();
        self.made.push(Holding {
            outermost,
            blocks: blocks.collect(),
        });
        (number, self.told.get(number).copied().unwrap_or(outermost))
    }

    /// Another use, inside these blocks, sees a reading that was made.
    pub(super) fn seen(&mut self, made: Option<usize>, blocks: impl Iterator<Item = Place>) {
        let holding = made.and_then(|number| self.made.get_mut(number));
        if let Some(holding) = holding {
            let common = (holding.blocks.iter().zip(blocks))
                .take_while(|(one, other)| **one == *other)
                .count();
            holding.blocks.truncate(common);
        }
    }

    /// Whether a first pass put every reading where it is needed, so that another would come out the same.
    pub(super) fn is_settled(&self) -> bool {
        (self.made.iter()).all(|holding| holding.depth() == holding.outermost)
    }

    /// What a whole pass has learned, for the next.
    pub(super) fn told(self) -> Self {
        let told = self.made.iter().map(Holding::depth).collect();
        Self {
            told,
            ..Self::default()
        }
    }
}
