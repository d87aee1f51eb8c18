#pragma once

#include <vector>

#include "latent/thread_team.h"
#include "latent/umap.h"

namespace latent {

/// Number of pieces that no edge joins.
std::size_t components_of(const FuzzyGraph& graph);

/// The eigenvectors of the second and third smallest eigenvalue of the graph's normalised Laplacian
/// (algorithm 4), [n, 2], for a graph in one piece with at least 4 points. Not to more digits than
/// a start needs.
std::vector<float> spectral_start(const FuzzyGraph& graph, std::uint64_t seed, ThreadTeam& team,
                                  const Interrupted& interrupted);

}  // namespace latent
