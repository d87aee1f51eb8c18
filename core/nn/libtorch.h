// What is used of LibTorch, in one place. torch/torch.h would bring every ready-made module, and
// each translation unit would pay 13 s for instantiating them; these headers cost 3 s.
#pragma once

#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/module.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
