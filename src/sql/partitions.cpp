#include "partitions.h"

#include <string_view>

#include "expressions.h"
#include "tree.h"

namespace lockstep::sql {

namespace {

/// MINVALUE and MAXVALUE are names to the grammar.
std::string_view bare_name(const PgQuery__Node& node) {
  if (node.node_case != PG_QUERY__NODE__NODE_COLUMN_REF || node.column_ref->n_fields != 1)
    return {};
  return string_of(node.column_ref->fields[0]);
}

/// The values of the bracketed list that opens at token `open`.
std::vector<PartitionDatum> read_values(const Reader& reader, PgQuery__Node* const* nodes,
                                        std::size_t count, std::size_t open) {
  std::vector<PartitionDatum> values;
  const std::vector<TokenRange> ranges = reader.elements(open + 1, reader.closing(open));
  if (ranges.size() != count) {
    reader.report(open, "cannot tell the values of this partition apart", "write plain literals");
    return values;
  }
  for (std::size_t i = 0; i < count; ++i) {
    PartitionDatum value;
    const std::string_view name = bare_name(*nodes[i]);
    if (name == "minvalue") {
      value.kind = PartitionDatum::Kind::kMinValue;
    } else if (name == "maxvalue") {
      value.kind = PartitionDatum::Kind::kMaxValue;
    } else {
      value.value = read_expression(reader, nodes[i], ranges[i]);
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

PartitionBound read_partition_bound(const Reader& reader, const PgQuery__PartitionBoundSpec& spec) {
  PartitionBound bound;
  // The word behind FOR VALUES, or DEFAULT.
  const std::size_t word = reader.at(spec.location);
  if (spec.is_default != 0) {
    bound.text = reader.slice(TokenRange{word, word + 1});
    return bound;
  }
  const std::size_t open = word + 1;
  std::size_t end = reader.after_group(open);
  const std::string_view strategy = spec.strategy;
  if (strategy == "r") {
    bound.kind = PartitionBound::Kind::kRange;
    bound.lower = read_values(reader, spec.lowerdatums, spec.n_lowerdatums, open);
    bound.upper = read_values(reader, spec.upperdatums, spec.n_upperdatums, end + 1);
    end = reader.after_group(end + 1);
  } else if (strategy == "l") {
    bound.kind = PartitionBound::Kind::kList;
    bound.values = read_values(reader, spec.listdatums, spec.n_listdatums, open);
  } else {
    bound.kind = PartitionBound::Kind::kHash;
  }
  bound.text = reader.slice(TokenRange{word - 2, end});
  return bound;
}

}  // namespace lockstep::sql
