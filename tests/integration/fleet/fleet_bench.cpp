#include "tests/integration/fleet/fleet_bench.h"

#include <fmt/format.h>

#include "lockstep/postgres/catalog_reader.h"

namespace lockstep::test {

Folder Folder::of(std::initializer_list<File> files) {
  Folder folder;
  core::Problems problems;
  for (const File& file : files) {
    migration::Loaded loaded = migration::load_migration("migrations/" + file.name, file.text);
    problems.insert(problems.end(), loaded.problems.begin(), loaded.problems.end());
    for (migration::Migration& migration : loaded.migrations) {
      folder.migrations_.push_back(std::move(migration));
    }
  }
  folder.files_ = planner::recognise(folder.migrations_, problems);
  if (!problems.empty()) {
    throw std::runtime_error(core::to_string(problems.front()));
  }
  return folder;
}

FleetBench::FleetBench(std::string_view setup, const std::string& pattern)
    : db_(setup),
      ledger_(postgres::open_ledger("lockstep")),
      lease_(postgres::advisory_lease()),
      clock_(core::system_clock()) {
  options_.tenants.pattern = pattern;
  options_.execution.shared_schemas = {"public"};
  options_.rollout.jobs = 2;
  options_.lockstep_version = "0.1.0";
  options_.run.host = "host";
  options_.run.os_user = "user";
  options_.run.version = "0.1.0";
}

std::unique_ptr<fleet::Fleet> FleetBench::open(database::Database& database) {
  fleet::Ports ports{
      database, *ledger_,
      *lease_,  [](database::Session& session) { return postgres::open_catalog_reader(session); },
      *clock_,  [] { return 0.5; },
      events_};
  return std::make_unique<fleet::Fleet>(std::move(ports), options_);
}

fleet::Planned FleetBench::plan(const Folder& folder) {
  return open()->plan(folder.files());
}

fleet::ApplyResult FleetBench::apply(const Folder& folder,
                                     std::optional<fleet::PhaseChoice> phase) {
  fleet::ApplyRequest request;
  request.phase = phase;
  return apply(folder, request, {});
}

fleet::ApplyResult FleetBench::apply(const Folder& folder, const fleet::ApplyRequest& request,
                                     const fleet::StopTokens& stop) {
  return open()->apply(folder.files(), request, stop);
}

fleet::ApplyResult FleetBench::apply_through(database::Database& database, const Folder& folder) {
  fleet::ApplyRequest request;
  request.phase = fleet::PhaseChoice::kAll;
  return open(database)->apply(folder.files(), request, {});
}

fleet::Status FleetBench::status(const Folder& folder) {
  return open()->status(folder.files());
}

std::string FleetBench::standings(const Folder& folder) {
  std::string all;
  for (const fleet::Standing& standing : status(folder).tenants) {
    all +=
        fmt::format("{}{}:{}", all.empty() ? "" : " ", standing.schema, to_string(standing.state));
  }
  return all;
}

std::string tenants(int count, const std::string& each) {
  std::string all;
  for (int i = 1; i <= count; ++i) {
    const std::string name = "t" + std::to_string(i);
    std::string text = each;
    for (std::size_t at = text.find("%s"); at != std::string::npos; at = text.find("%s", at)) {
      text.replace(at, 2, name);
    }
    all += "create schema " + name + ";" + text + ";";
  }
  return all;
}

}  // namespace lockstep::test
