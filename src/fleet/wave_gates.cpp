#include "wave_gates.h"

#include <algorithm>
#include <map>
#include <utility>

namespace lockstep::fleet {

WaveGates::WaveGates(std::vector<Wave> waves, Who who)
    : waves_(std::move(waves)),
      who_(std::move(who)),
      going_on_(waves_.size()),
      beginning_(waves_.size()) {
  std::map<std::string, bool> goes_on;
  for (const Member& member : who_.members) {
    goes_on.emplace(member.tenant, member.goes_on);
  }
  for (std::size_t wave = 0; wave < waves_.size(); ++wave) {
    for (const std::string& tenant : waves_[wave].tenants) {
      if (const auto member = goes_on.find(tenant); member != goes_on.end()) {
        Gate& gate = member->second ? going_on_[wave] : beginning_[wave];
        gate.members.push_back(tenant);
        gate.names.insert(tenant);
        gate.left.insert(tenant);
      }
    }
  }
}

void WaveGates::ended(const std::string& tenant) {
  for (std::size_t wave = 0; wave < waves_.size(); ++wave) {
    going_on_[wave].left.erase(tenant);
    beginning_[wave].left.erase(tenant);
  }
}

bool WaveGates::over(std::size_t wave, bool going_on) const {
  return going_on_[wave].left.empty() && (going_on || beginning_[wave].left.empty());
}

bool WaveGates::well(std::size_t wave, bool going_on, const Tally& tally) const {
  return std::none_of(
      waves_[wave].tenants.begin(), waves_[wave].tenants.end(), [&](const std::string& tenant) {
        const bool begins = beginning_[wave].names.contains(tenant);
        const bool counts = !going_on || (!begins && !who_.not_planned.contains(tenant));
        return counts && tally.kept_back(tenant);
      });
}

std::vector<WaveGates::Opened> WaveGates::open(const Tally& tally) {
  std::vector<Opened> opened(waves_.size());
  const auto more_to_come = [&](std::size_t wave) {
    return std::any_of(
        going_on_[wave].members.begin(), going_on_[wave].members.end(),
        [&](const std::string& tenant) { return who_.more_to_come.contains(tenant); });
  };
  const auto open_row = [&](std::vector<Gate>& gates, std::size_t& count, bool going_on) {
    while (count < gates.size()) {
      const bool first = count == 0;
      if (!first && (!over(count - 1, going_on) || !well(count - 1, going_on, tally) ||
                     (!going_on && more_to_come(count - 1)))) {
        return;
      }
      opened[count].tenants.insert(opened[count].tenants.end(), gates[count].members.begin(),
                                   gates[count].members.end());
      ++count;
    }
  };
  open_row(going_on_, open_going_on_, true);
  open_row(beginning_, open_beginning_, false);
  for (std::size_t wave = 0; wave < waves_.size(); ++wave) {
    opened[wave].wave = waves_[wave].name;
  }
  std::erase_if(opened, [](const Opened& each) { return each.tenants.empty(); });
  return opened;
}

bool WaveGates::withheld(const Tally& tally) const {
  const auto row_withheld = [&](const std::vector<Gate>& gates, std::size_t count, bool going_on) {
    const bool anybody =
        std::any_of(gates.begin() + static_cast<std::ptrdiff_t>(count), gates.end(),
                    [](const Gate& gate) { return !gate.left.empty(); });
    return anybody && count > 0 && !well(count - 1, going_on, tally);
  };
  return row_withheld(going_on_, open_going_on_, true) ||
         row_withheld(beginning_, open_beginning_, false);
}

}  // namespace lockstep::fleet
