#include "message.h"

#include <algorithm>

#include <fmt/format.h>

namespace lockstep::execution {
namespace {

constexpr int kTransactionTimeoutSince = 17;

}  // namespace

Message::Message(const StepContext& context, const plan::Step& step, milliseconds lock_timeout,
                 milliseconds statement_timeout)
    : context_(context) {
  add("set local application_name = " + context.session->quote_literal(fmt::format(
                                            "lockstep {} {}", step.id, context.render.schema())));
  this->lock_timeout(lock_timeout);
  this->statement_timeout(statement_timeout);
}

Message& Message::add(std::string_view statement) {
  if (!text_.empty()) {
    text_ += "\n;\n";  // on a line of its own: the author's statement may end in a comment
  }
  text_ += statement;
  return *this;
}

Message& Message::work(std::string_view statement) {
  if (!path_is_set_) {
    add("set local search_path = " +
        search_path(*context_.session, context_.render.schema(), context_.options.shared_schemas));
    path_is_set_ = true;
  }
  return add(statement);
}

Message& Message::lock_timeout(milliseconds timeout) {
  return add(fmt::format("set local lock_timeout = {}", timeout.count()));
}

Message& Message::lock_timeout_past_autovacuum() {
  return add(
      "select set_config('lock_timeout', ceil(1000 + 1000 * extract(epoch from"
      " current_setting('deadlock_timeout')::interval))::text, true)");
}

Message& Message::statement_timeout(milliseconds timeout) {
  return add(fmt::format("set local statement_timeout = {}", timeout.count()));
}

Message& Message::commit_without_waiting() {
  return add("set local synchronous_commit = off");
}

Message& Message::transaction_timeout(milliseconds timeout) {
  if (context_.options.server.major() < kTransactionTimeoutSince) {
    return *this;
  }
  return add(fmt::format("set local transaction_timeout = {}", timeout.count()));
}

Message& Message::prelude() {
  return context_.prelude.empty() ? *this : add(context_.prelude);
}

}  // namespace lockstep::execution
