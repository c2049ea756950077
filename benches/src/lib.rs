//! What the stores cost over their bare drivers.
