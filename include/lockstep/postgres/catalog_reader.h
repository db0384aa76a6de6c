#pragma once

#include <memory>

#include "lockstep/database/catalog_reader.h"
#include "lockstep/database/session.h"

namespace lockstep::postgres {

/// Reads structure through a session, which must outlive the reader and must not be inside a
/// transaction. A call is one query (identity() and version() once per reader).
///
/// What the server prints (definitions, expressions, types) is printed with search_path = the
/// tenant's schema, the shared schemas, pg_temp; for a shared object without the tenant. So no
/// text holds the name of the tenant's schema, unless an author put it into a function's body,
/// a trigger's argument or another literal: such tenants differ.
///
/// Nobody is blocked, but some of PostgreSQL's printing functions open the table they print for,
/// so a call may wait for a transaction that changes it. It gives up after 10 seconds (55P03).
std::unique_ptr<database::CatalogReader> open_catalog_reader(database::Session& session);

}  // namespace lockstep::postgres
