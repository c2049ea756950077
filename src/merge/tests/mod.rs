//! What merges decide: a case to build them on; the table, and resolutions.

mod resolutions;
mod table;

use std::slice;

use uuid::Uuid;

use super::*;
use crate::{AssetField, AssetKind, Name, Text, Timestamp, UserId};

fn id(number: u128) -> AssetId {
    AssetId::new(Uuid::from_u128(number))
}

/// An asset in namespace `ns`, told from its other versions by its location.
fn asset(number: u128, name: &str, location: &str) -> Asset {
    Asset {
        id: id(number),
        namespace: "ns".parse().unwrap(),
        name: name.parse().unwrap(),
        kind: AssetKind::IcebergTable,
        location: location.parse().unwrap(),
        metadata_location: None,
        properties: Default::default(),
    }
}

fn in_namespace(asset: Asset, namespace: &str) -> Asset {
    Asset { namespace: namespace.parse().unwrap(), ..asset }
}

/// What a source, its bases and a target hold, and what has been said about their merge.
#[derive(Default)]
struct Case {
    source: Vec<Asset>,
    base: Vec<Asset>,
    target: Vec<Asset>,
    conflicts: Vec<MergeConflict>,
}

impl Case {
    fn new<const S: usize, const B: usize, const T: usize>(
        source: [Asset; S],
        base: [Asset; B],
        target: [Asset; T],
    ) -> Self {
        Self { source: source.into(), base: base.into(), target: target.into(), conflicts: vec![] }
    }

    /// This case, and the `n`th conflict, on an asset, resolved in second `at`.
    fn resolved(mut self, n: u128, at: i64, on: u128, kind: ConflictKind, choice: Choice) -> Self {
        let resolution = Resolution {
            choice,
            resolved_by: UserId::new(Uuid::nil()),
            resolved_at: Timestamp::from_micros(at * 1_000_000).unwrap(),
        };
        self.conflicts.push(MergeConflict {
            id: ConflictId::new(Uuid::from_u128(n)),
            asset: id(on),
            kind,
            resolution: Some(resolution),
        });
        self
    }

    fn input(&self) -> MergeInput {
        let mut assets: BTreeMap<AssetId, Sides> = BTreeMap::new();
        for asset in &self.source {
            assets.entry(asset.id).or_default().source = Some(asset.clone());
        }
        for asset in &self.base {
            assets.entry(asset.id).or_default().base = Some(asset.clone());
        }
        for conflict in &self.conflicts {
            assets.entry(conflict.asset).or_default();
        }
        for asset in &self.target {
            if let Some(sides) = assets.get_mut(&asset.id) {
                sides.target = Some(asset.clone());
            }
        }
        let mut input =
            MergeInput { assets, conflicts: self.conflicts.clone(), ..MergeInput::default() };
        let places = input.wanted_places();
        let held = self.target.iter().map(|asset| (asset.place(), asset.id));
        input.holders = held.filter(|(place, _)| places.contains(place)).collect();
        input
    }

    fn plan(&self) -> MergePlan {
        plan(&self.input())
    }

    /// The only conflict of the plan, which is about that asset.
    fn conflict(&self, on: u128) -> ConflictKind {
        let mut conflicts = self.plan().conflicts;
        let kind = conflicts.remove(&id(on)).unwrap();
        assert_eq!(conflicts, BTreeMap::new());
        kind
    }

    /// What the target holds after a merge without a conflict, by place.
    fn merged(&self) -> Vec<Asset> {
        let plan = self.plan();
        assert_eq!(plan.conflicts, BTreeMap::new());
        let mut target: BTreeMap<_, _> =
            self.target.iter().map(|asset| (asset.place(), asset.clone())).collect();
        for operation in plan.operations {
            match operation {
                CommitOperation::Put { asset } => {
                    let there = target.insert(asset.place(), asset.clone());
                    assert!(there.is_none_or(|there| there.id == asset.id), "{asset:?} displaces");
                }
                CommitOperation::Delete { .. } => {
                    target.remove(&operation.place()).unwrap();
                }
            }
        }
        let ids: BTreeSet<AssetId> = target.values().map(|asset| asset.id).collect();
        assert_eq!(ids.len(), target.len(), "an asset is at two places: {target:?}");
        target.into_values().collect()
    }

    fn is_left(&self) -> bool {
        self.plan() == MergePlan::default()
    }
}

use ResolutionChoice as Choice;

fn taken_by(holder: u128) -> ConflictKind {
    ConflictKind::NameTaken { by: id(holder) }
}

fn modified() -> ConflictKind {
    ConflictKind::ModifiedInBoth { fields: [AssetField::Location].into() }
}

fn schema_change() -> ConflictKind {
    let schema = |text: &str| Text::new(text).unwrap();
    ConflictKind::SchemaChange { source_schema: schema("a"), target_schema: schema("b") }
}

fn manual(asset: Asset) -> Choice {
    Choice::Manual { asset }
}
