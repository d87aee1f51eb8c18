#pragma once

namespace latent::app {

class Program;

// Each adds one sub-command, and is in the file of its name.
void add_train(Program& program);
void add_replay(Program& program);
void add_bakeoff(Program& program);
void add_encode(Program& program);
void add_decode(Program& program);
void add_sample(Program& program);
void add_interpolate(Program& program);
void add_traverse(Program& program);
void add_reconstruct(Program& program);
void add_grid(Program& program);
void add_export(Program& program);
void add_anomaly(Program& program);
void add_probe(Program& program);
void add_task(Program& program);
void add_info(Program& program);
void add_models(Program& program);
void add_data(Program& program);
void add_fetch(Program& program);
void add_doctor(Program& program);

}  // namespace latent::app
