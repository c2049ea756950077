//! What a user may do; all stores share this function.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Action, Grant, Scope, SmallSet};

/// The union of `grants`: one grant per scope, with all actions of that scope, ordered by scope.
pub fn effective(grants: impl IntoIterator<Item = Grant>) -> Vec<Grant> {
    let mut scopes: BTreeMap<Scope, BTreeSet<Action>> = BTreeMap::new();
    for Grant { scope, actions } in grants {
        scopes.entry(scope).or_default().extend(actions.items());
    }
    let grant = |(scope, actions)| Grant {
        scope,
        actions: SmallSet::new(actions).expect("there are fewer actions than a set holds"),
    };
    scopes.into_iter().map(grant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(scope: Scope, actions: &[Action]) -> Grant {
        Grant { scope, actions: SmallSet::new(actions.iter().copied()).unwrap() }
    }

    #[test]
    fn actions_of_one_scope_are_merged_and_scopes_are_in_order() {
        let tag = Scope::Tag { tag: "pii".parse().unwrap() };
        let grants = [
            grant(tag.clone(), &[Action::Read]),
            grant(Scope::Tenant, &[Action::List]),
            grant(tag.clone(), &[Action::Write, Action::Read]),
        ];
        let merged =
            vec![grant(Scope::Tenant, &[Action::List]), grant(tag, &[Action::Read, Action::Write])];
        assert_eq!(effective(grants), merged);
    }
}
