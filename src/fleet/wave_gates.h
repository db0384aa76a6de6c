#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "lockstep/fleet/rollout_policy.h"
#include "tally.h"

namespace lockstep::fleet {

/// Who may be worked on by now. Two rows of gates, one gate a wave: tenants that go on with stored
/// steps come by their own, so that what an earlier run left half way is not kept waiting by what
/// has yet to begin. A value; used under the lock of whoever holds it.
class WaveGates {
 public:
  struct Member {
    std::string tenant;
    bool goes_on = false;  ///< with stored steps; false: it begins
  };
  struct Who {
    std::vector<Member> members;  ///< all that are to be worked on
    /// Of them those whose work here is not all that they have left: no later wave begins before
    /// that.
    std::set<std::string> more_to_come;
    /// Left out, as they cannot be planned: they keep nobody back who goes on.
    std::set<std::string> not_planned;
  };

  WaveGates(std::vector<Wave> waves, Who who);

  /// Whose work has come to an end, as `tally` tells.
  void ended(const std::string& tenant);

  struct Opened {
    std::string wave;
    std::vector<std::string> tenants;  ///< in order of rollout, those that go on first
  };
  /// Opens every gate that may open: nobody in the waves before it is left, or kept back.
  std::vector<Opened> open(const Tally& tally);

  /// Whether a gate stays closed for ever, as somebody before it did not end well.
  bool withheld(const Tally& tally) const;

 private:
  struct Gate {
    std::vector<std::string> members;  ///< behind it, in the order of rollout
    std::set<std::string> names;       ///< the same, to look for one
    std::set<std::string> left;        ///< of them, who has not ended
  };
  /// Whether nobody of that wave keeps back those behind the next gate of this row.
  bool well(std::size_t wave, bool going_on, const Tally& tally) const;
  bool over(std::size_t wave, bool going_on) const;

  std::vector<Wave> waves_;
  Who who_;
  std::vector<Gate> going_on_;      ///< one a wave
  std::vector<Gate> beginning_;     ///< one a wave
  std::size_t open_going_on_ = 0;   ///< so many gates are open
  std::size_t open_beginning_ = 0;  ///< so many gates are open
};

}  // namespace lockstep::fleet
