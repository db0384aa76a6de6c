#include "waves.h"

#include <charconv>
#include <set>

#include <fmt/format.h>

namespace lockstep::config {
namespace {

double read_percent(text::Fields& fields) {
  const auto text = fields.text("percent");
  if (!text) {
    return 0;
  }
  double value = 0;
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || rest != end || !(value > 0 && value <= 100)) {
    fields.problem("percent", fmt::format("\"{}\" is not a share of tenants", *text),
                   "write a number above 0 and up to 100");
    return 0;
  }
  return value;
}

WaveOptions read_wave(const text::Node& node, core::Problems& problems) {
  text::Fields fields(node, "a wave", problems);
  WaveOptions wave;
  wave.name = fields.required_text("name");
  wave.tenants = fields.texts("tenants");
  wave.percent = read_percent(fields);
  if (fields.has("tenants") && fields.has("percent")) {
    fields.problem("percent", "a wave names tenants or a share of them, not both",
                   "make two waves of it");
  } else if (fields.has("tenants") && wave.tenants.empty()) {
    fields.problem("tenants", "this wave names no tenant", "name some, or remove the key");
  }
  fields.finish();
  return wave;
}

}  // namespace

std::vector<WaveOptions> read_waves(const text::Node& node, core::Problems& problems) {
  std::vector<WaveOptions> waves;
  if (node.kind() != text::Node::Kind::kSequence) {
    problems.push_back({node.where(), "waves needs a list",
                        "for example: [{name: canary, tenants: [acme]}, {name: rest}]"});
    return waves;
  }
  std::set<std::string> names;
  bool rest_seen = false;
  for (const text::Node& item : node.items()) {
    if (rest_seen) {
      problems.push_back({item.where(), "the wave before this one takes all that is left",
                          "put the wave without tenants and percent last"});
      break;
    }
    WaveOptions wave = read_wave(item, problems);
    if (!wave.name.empty() && !names.insert(wave.name).second) {
      problems.push_back(
          {item.where(), fmt::format("two waves are named \"{}\"", wave.name), "rename one"});
    }
    rest_seen = item.find("tenants") == nullptr && item.find("percent") == nullptr;
    waves.push_back(std::move(wave));
  }
  return waves;
}

}  // namespace lockstep::config
