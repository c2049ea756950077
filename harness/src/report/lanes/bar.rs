//! A bar of a lane.

/// A call or an incident, from its beginning to its end.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    /// Where it begins among all that happened.
    pub(super) begin: u64,
    /// Where it ends, if it does.
    pub(super) end: Option<u64>,
    /// What is written on it, in ASCII.
    pub(super) mark: String,
    pub(super) look: Look,
    /// All about it.
    pub(super) title: String,
}

/// How a bar looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A call with an answer.
    Known,
    /// A call whose outcome is unknown.
    Unknown,
    /// A call that cannot follow.
    Stuck,
    /// Something that happened to the server, to a connection or to a client.
    Incident,
}

impl Bar {
    /// How many columns it needs.
    pub(super) fn min_columns(&self) -> usize {
        let is_point = self.end == Some(self.begin);
        self.mark.len() + if is_point { 0 } else { "├──┤".chars().count() }
    }

    /// Its left end, its line, and its right end.
    pub(super) fn strokes(&self) -> [char; 3] {
        let is_open = self.end.is_none();
        match self.look {
            Look::Known | Look::Unknown if is_open => ['├', '─', '…'],
            Look::Known => ['├', '─', '┤'],
            Look::Unknown => ['├', '─', '?'],
            Look::Stuck if is_open => ['┝', '━', '…'],
            Look::Stuck => ['┝', '━', '┥'],
            Look::Incident if is_open => ['╞', '═', '…'],
            Look::Incident => ['╞', '═', '╡'],
        }
    }
}
