#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "lockstep/migration/migration.h"
#include "lockstep/planner/planner.h"

namespace lockstep::planner::test {

struct File {
  std::string name;  ///< "0007_phone.sql"
  std::string text;
};

/// Migrations and what was recognised in them; keeps both alive together.
class Folder {
 public:
  Folder(std::initializer_list<File> files);
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::vector<Recognised>& recognised() const { return recognised_; }
  const core::Problems& problems() const { return problems_; }

 private:
  std::vector<migration::Migration> migrations_;
  core::Problems problems_;
  std::vector<Recognised> recognised_;
};

/// A live catalog made by DDL; fails the test where it cannot be.
catalog::Catalog live(const std::string& ddl);

/// Tenants of that structure, to whom all of these are pending.
CohortInput cohort(const catalog::Catalog& catalog, const std::vector<std::string>& tenants,
                   const std::set<std::string>& pending);

PlanInput plan_input(const std::vector<CohortInput>& cohorts);

/// "0007.1 expand add column phone" of each step.
std::vector<std::string> outline(const std::vector<plan::Step>& steps);
std::vector<std::string> messages(const core::Problems& problems);

}  // namespace lockstep::planner::test
