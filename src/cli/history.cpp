#include "lockstep/report/history.h"

#include "commands.h"
#include "fleet_session.h"

namespace lockstep::cli {

ExitCode run_history(Context& context, const HistoryOptions& options) {
  FleetSession session(context, no_events());
  const report::History history = session.fleet().history(options.tenant, options.limit);
  switch (context.output.format()) {
    case Format::kText:
      context.output.data(report::history_text(history, context.output.style(), options.tenant));
      break;
    case Format::kMarkdown:
      context.output.data(report::history_markdown(history));
      break;
    case Format::kJson:
      context.output.data(report::history_json(history));
      break;
  }
  return ExitCode::kDone;
}

}  // namespace lockstep::cli
