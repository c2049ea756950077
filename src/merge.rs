//! Working out a merge: one pure function that all stores share.
//!
//! Assets are matched by id. With the *base* that the source remembers, an asset has changed on a
//! side when its content differs from the base:
//!
//! | source | target | outcome |
//! | --- | --- | --- |
//! | changed or new | as the base, or absent and never copied | taken |
//! | as the base | anything | left |
//! | deleted | as the base | deleted |
//! | both the same | | left |
//! | changed | changed, and not to the same | conflict `ModifiedInBoth` |
//! | deleted | changed | conflict `DeletedInSource` |
//! | changed | deleted | conflict `DeletedInTarget` |
//! | taken, but its place is held by another id | | conflict `NameTaken` |
//!
//! A place is held when, with all else of the merge carried out, another asset is still there: a
//! table that was dropped and created anew under another id, or two that swapped names, merge
//! without a conflict.
//!
//! A resolution decides its asset whatever the table says; of several on one asset the last
//! (`resolved_at`, then conflict id) does. Taking the source's side of a `NameTaken` deletes the
//! asset that holds the place, unless the merge has something else in mind for that one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Asset, AssetId, AssetPlace, CommitOperation, ConflictId, ConflictKind, MergeConflict, MergeId,
    NamespacePath, Resolution, ResolutionChoice,
};

/// What the sides of a merge hold of one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// On the source.
    pub source: Option<Asset>,
    /// What the source copied it with, or last merged.
    pub base: Option<Asset>,
    /// On the target.
    pub target: Option<Asset>,
}

/// What a merge depends on.
#[derive(Clone, Debug, Default)]
pub struct MergeInput {
    /// The sides of every asset whose source differs from its base, and of every asset that a
    /// conflict names. More do no harm.
    pub assets: BTreeMap<AssetId, Sides>,
    /// Who holds, on the target, the places of the source's assets and of manual resolutions. More
    /// do no harm.
    pub holders: BTreeMap<AssetPlace, AssetId>,
    /// The merge's conflicts as they are stored.
    pub conflicts: Vec<MergeConflict>,
    /// Namespaces of manual resolutions that are no longer there.
    pub missing_namespaces: BTreeSet<NamespacePath>,
}

impl MergeInput {
    /// The places whose holders on the target must be known.
    pub fn wanted_places(&self) -> BTreeSet<AssetPlace> {
        let of_sources = self.assets.values().filter_map(|sides| sides.source.as_ref());
        of_sources.chain(self.manual_assets()).map(Asset::place).collect()
    }

    /// The namespaces that must be known to exist.
    pub fn wanted_namespaces(&self) -> BTreeSet<NamespacePath> {
        self.manual_assets().map(|asset| asset.namespace.clone()).collect()
    }

    fn manual_assets(&self) -> impl Iterator<Item = &Asset> {
        self.conflicts.iter().filter_map(|conflict| match &conflict.resolution.as_ref()?.choice {
            ResolutionChoice::Manual { asset } => Some(asset),
            ResolutionChoice::TakeSource | ResolutionChoice::TakeTarget => None,
        })
    }
}

/// What a merge comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergePlan {
    /// What is in the way, by asset.
    pub conflicts: BTreeMap<AssetId, ConflictKind>,
    /// What the target takes when nothing is in the way: deletes first, then puts, each by place.
    /// They can be applied in order.
    pub operations: Vec<CommitOperation>,
}

impl MergePlan {
    /// The conflicts as rows of `merge`, by id.
    pub fn found(&self, merge: MergeId) -> BTreeMap<ConflictId, MergeConflict> {
        let row = |(&asset, kind): (&AssetId, &ConflictKind)| {
            let id = ConflictId::found(merge, asset);
            (id, MergeConflict { id, asset, kind: kind.clone(), resolution: None })
        };
        self.conflicts.iter().map(row).collect()
    }
}

/// Works out what a merge comes to.
pub fn plan(input: &MergeInput) -> MergePlan {
    let decisions = decisions(&input.conflicts);
    let mut outcomes: BTreeMap<AssetId, Outcome> = input
        .assets
        .iter()
        .map(|(&id, sides)| match decisions.get(&id) {
            Some((_, resolution)) => (id, decided(sides, &resolution.choice)),
            None => (id, undecided(sides)),
        })
        .collect();
    refuse_missing_namespaces(input, &decisions, &mut outcomes);
    while settle_one_place(input, &decisions, &mut outcomes) {}
    MergePlan { operations: operations(input, &outcomes), conflicts: conflicts(outcomes) }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Left,
    Taken(Asset),
    Deleted,
    InConflict(ConflictKind),
}

type Decisions<'a> = BTreeMap<AssetId, (&'a ConflictKind, &'a Resolution)>;

/// The resolution that decides each asset: the last one.
fn decisions(conflicts: &[MergeConflict]) -> Decisions<'_> {
    let mut resolved: Vec<_> = conflicts
        .iter()
        .filter_map(|conflict| Some((conflict, conflict.resolution.as_ref()?)))
        .collect();
    resolved.sort_by_key(|(conflict, resolution)| (resolution.resolved_at, conflict.id));
    resolved
        .into_iter()
        .map(|(conflict, resolution)| (conflict.asset, (&conflict.kind, resolution)))
        .collect()
}

fn decided(sides: &Sides, choice: &ResolutionChoice) -> Outcome {
    match choice {
        ResolutionChoice::TakeTarget => Outcome::Left,
        ResolutionChoice::TakeSource => match &sides.source {
            Some(source) => taken(source, sides),
            None => Outcome::Deleted,
        },
        ResolutionChoice::Manual { asset } => taken(asset, sides),
    }
}

fn undecided(sides: &Sides) -> Outcome {
    let Sides { source, base, target } = sides;
    if source == base || source == target {
        return Outcome::Left;
    }
    match (source, target) {
        (Some(source), _) if target == base => taken(source, sides),
        (None, _) if target == base => Outcome::Deleted,
        (Some(source), Some(target)) => Outcome::InConflict(ConflictKind::ModifiedInBoth {
            fields: source.differing_fields(target),
        }),
        (Some(_), None) => Outcome::InConflict(ConflictKind::DeletedInTarget),
        (None, _) => Outcome::InConflict(ConflictKind::DeletedInSource),
    }
}

fn taken(asset: &Asset, sides: &Sides) -> Outcome {
    if sides.target.as_ref() == Some(asset) {
        return Outcome::Left;
    }
    Outcome::Taken(asset.clone())
}

fn refuse_missing_namespaces(
    input: &MergeInput,
    decisions: &Decisions<'_>,
    outcomes: &mut BTreeMap<AssetId, Outcome>,
) {
    for (id, outcome) in outcomes {
        let Outcome::Taken(asset) = outcome else { continue };
        let Some((kind, _)) = decisions.get(id) else { continue };
        if input.missing_namespaces.contains(&asset.namespace) {
            *outcome = Outcome::InConflict((*kind).clone());
        }
    }
}

/// Finds one asset that cannot have the place where it is taken to, and settles it: it is in
/// conflict, or the holder makes way. Either can leave another asset without its place, so this is
/// called until it finds none.
fn settle_one_place(
    input: &MergeInput,
    decisions: &Decisions<'_>,
    outcomes: &mut BTreeMap<AssetId, Outcome>,
) -> bool {
    let mut takers: BTreeMap<AssetPlace, AssetId> = BTreeMap::new();
    let mut settled = None;
    for (&id, outcome) in outcomes.iter() {
        let Outcome::Taken(asset) = outcome else { continue };
        let place = asset.place();
        if let Some(&holder) = input.holders.get(&place)
            && holder != id
            && stays(outcomes.get(&holder))
        {
            let gives_way = resolved_against(input, decisions, id, holder)
                && matches!(outcomes.get(&holder), None | Some(Outcome::Left))
                && !decisions.contains_key(&holder);
            settled = Some(if gives_way {
                (holder, Outcome::Deleted)
            } else {
                (id, Outcome::InConflict(ConflictKind::NameTaken { by: holder }))
            });
            break;
        }
        // Places are unique on the source, so of two takers one has been decided by hand.
        if let Some(other) = takers.insert(place, id) {
            let (loser, by) = if decisions.contains_key(&id) { (id, other) } else { (other, id) };
            settled = Some((loser, Outcome::InConflict(ConflictKind::NameTaken { by })));
            break;
        }
    }
    let Some((id, outcome)) = settled else { return false };
    outcomes.insert(id, outcome);
    true
}

/// Whether an asset of that outcome stays where it is on the target.
fn stays(outcome: Option<&Outcome>) -> bool {
    matches!(outcome, None | Some(Outcome::Left | Outcome::InConflict(_)))
}

/// Whether somebody decided that `asset` takes its place from `holder`; another conflict on it,
/// decided later and likewise for the source, does not take that back.
fn resolved_against(
    input: &MergeInput,
    decisions: &Decisions<'_>,
    asset: AssetId,
    holder: AssetId,
) -> bool {
    let takes_source = |resolution: &Resolution| resolution.choice == ResolutionChoice::TakeSource;
    let mut of_the_place = input.conflicts.iter().filter(|conflict| {
        conflict.asset == asset && conflict.kind == ConflictKind::NameTaken { by: holder }
    });
    decisions.get(&asset).is_some_and(|(_, resolution)| takes_source(resolution))
        && of_the_place.any(|conflict| conflict.resolution.as_ref().is_some_and(takes_source))
}

fn operations(input: &MergeInput, outcomes: &BTreeMap<AssetId, Outcome>) -> Vec<CommitOperation> {
    let held: BTreeMap<AssetId, &AssetPlace> =
        input.holders.iter().map(|(place, &id)| (id, place)).collect();
    let mut deletes = BTreeSet::new();
    let mut puts = BTreeMap::new();
    for (id, outcome) in outcomes {
        let target = input.assets.get(id).and_then(|sides| sides.target.as_ref());
        let from = target.map(Asset::place).or_else(|| held.get(id).map(|&place| place.clone()));
        match outcome {
            Outcome::Left | Outcome::InConflict(_) => {}
            Outcome::Deleted => deletes.extend(from),
            Outcome::Taken(asset) => {
                deletes.extend(from.filter(|from| *from != asset.place()));
                puts.insert(asset.place(), asset.clone());
            }
        }
    }
    let delete =
        |AssetPlace { namespace, name }: AssetPlace| CommitOperation::Delete { namespace, name };
    let put = |asset| CommitOperation::Put { asset };
    deletes.into_iter().map(delete).chain(puts.into_values().map(put)).collect()
}

fn conflicts(outcomes: BTreeMap<AssetId, Outcome>) -> BTreeMap<AssetId, ConflictKind> {
    let in_conflict = |(id, outcome)| match outcome {
        Outcome::InConflict(kind) => Some((id, kind)),
        Outcome::Left | Outcome::Taken(_) | Outcome::Deleted => None,
    };
    outcomes.into_iter().filter_map(in_conflict).collect()
}

#[cfg(test)]
mod tests;
