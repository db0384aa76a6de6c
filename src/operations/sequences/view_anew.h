#pragma once

#include <string>
#include <vector>

#include "lockstep/core/names.h"

namespace lockstep::operations {

/// What the former view is called while the new one is made; derived, and no longer than a name may
/// be.
std::string aside_name(const core::QualifiedName& view, const std::string& migration);

/// Whether a body of code can name it: a $ could end that.
bool can_be_carried_over(const core::QualifiedName& view);

/// The statements, of one transaction, that make the view anew by `create`: its owner, privileges
/// and comments stay, on the columns that both have too, whatever they are in the tenant at hand.
/// Nothing may depend on the view. Precondition: can_be_carried_over().
std::vector<std::string> make_view_anew(const core::QualifiedName& view, const std::string& aside,
                                        const std::string& create);

}  // namespace lockstep::operations
