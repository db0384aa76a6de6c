#pragma once

// libpg_query, for the files of this folder only. Its enumerators have other numbers in every
// major version, so they are used by name, and by their descriptors' names where one version
// lacks some of them.

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>
