//! Warehouses.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::warehouses::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::NAMES;

pub(super) struct Warehouses;

impl Area for Warehouses {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Catalogs];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::CreateWarehouse => None,
            Method::GetWarehouse
            | Method::ListWarehouses
            | Method::UpdateWarehouse
            | Method::DeleteWarehouse => {
                model.warehouses(tenant).is_empty().then_some(method::Method::CreateWarehouse)
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::CreateWarehouse => draw.create_warehouse(tenant),
            Method::GetWarehouse => Op::GetWarehouse { tenant, name: draw.warehouse(tenant) },
            Method::ListWarehouses => Op::ListWarehouses { tenant, page: draw.page(&NAMES) },
            Method::UpdateWarehouse => draw.update_warehouse(tenant),
            Method::DeleteWarehouse => Op::DeleteWarehouse { tenant, name: draw.warehouse(tenant) },
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::ListWarehouses { tenant, page: Page::all() }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateWarehouse { tenant, warehouse } => {
                vec![Op::GetWarehouse { tenant, name: warehouse.name.clone() }]
            }
            Call::UpdateWarehouse { tenant, name, .. } | Call::DeleteWarehouse { tenant, name } => {
                vec![
                    Op::GetWarehouse { tenant, name: name.clone() },
                    Op::ListWarehouses { tenant, page: Page::all() },
                    Op::ListCatalogs { tenant, page: Page::all() },
                ]
            }
            Call::GetWarehouse { .. } | Call::ListWarehouses { .. } => Vec::new(),
        }
    }

    fn simpler(call: Call<'_>) -> Vec<Simpler> {
        match call {
            Call::UpdateWarehouse { name, update, .. } => {
                Simpler::without_rename(name, update.name.as_ref())
            }
            Call::CreateWarehouse { .. }
            | Call::GetWarehouse { .. }
            | Call::ListWarehouses { .. }
            | Call::DeleteWarehouse { .. } => Vec::new(),
        }
    }
}

impl Draw<'_> {
    /// Mostly a warehouse that exists.
    pub(super) fn warehouse(&mut self, tenant: TenantId) -> Name {
        let there = self.model.warehouses(tenant);
        let there: Vec<Name> = there.into_iter().map(|warehouse| warehouse.name).collect();
        self.existing(&there, &NAMES)
    }

    fn vending(&mut self) -> Vending {
        match self.choose.below(4) {
            0 => Vending::AwsSts { role_arn: self.text(), external_id: self.maybe(Self::text) },
            1 => {
                Vending::AwsStatic { access_key_id: self.text(), secret_access_key: self.secret() }
            }
            2 => Vending::AzureSas { account_name: self.text(), account_key: self.secret() },
            _ => Vending::GcpDownscoped {
                service_account_email: self.text(),
                private_key: self.secret(),
            },
        }
    }

    fn create_warehouse(&mut self, tenant: TenantId) -> Op {
        let there = self.model.warehouses(tenant);
        let (ids, names): (Vec<_>, Vec<_>) =
            there.into_iter().map(|warehouse| (warehouse.id, warehouse.name)).unzip();
        let warehouse = Warehouse {
            id: self.fresh_id(&ids),
            name: self.fresh(&names, &NAMES),
            storage_config: self.properties(),
            vending: self.maybe(Self::vending),
        };
        Op::CreateWarehouse { tenant, warehouse }
    }

    fn update_warehouse(&mut self, tenant: TenantId) -> Op {
        let name = self.warehouse(tenant);
        let update = WarehouseUpdate {
            name: self.maybe(Self::name),
            storage_config: self.maybe(Self::properties),
            vending: self.maybe(|this| this.maybe(Self::vending)),
        };
        Op::UpdateWarehouse { tenant, name, update }
    }
}
