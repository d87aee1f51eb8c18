# The rules of the house that a compiler does not see. Run as `cmake -D SOURCE=<root> -P check.cmake`;
# each broken rule is one line, and any of them fails.
cmake_minimum_required(VERSION 3.23)
set(broken "")

# forbid(<rule> <regex> <files…>): no line of these files may match.
function(forbid rule regex)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${file} lines REGEX "${regex}")
    foreach(line IN LISTS lines)
      file(RELATIVE_PATH name ${SOURCE} ${file})
      string(STRIP "${line}" line)
      list(APPEND broken "${name}: ${rule}: ${line}")
    endforeach()
  endforeach()
  set(broken "${broken}" PARENT_SCOPE)
endfunction()

# sources(<variable> <folders…>): every C++ file below them.
function(sources variable)
  set(found "")
  foreach(folder IN LISTS ARGN)
    file(GLOB_RECURSE files ${SOURCE}/${folder}/*.cpp ${SOURCE}/${folder}/*.h)
    list(APPEND found ${files})
  endforeach()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

set(include "^[ \t]*#[ \t]*include[ \t]*[<\"]")

# 1. LibTorch stays in the engine: the window and the programs see only the core's torch-free face.
sources(torch_free ui app core/include core/data core/io core/latent_space core/session
        core/evaluation core/tasks core/bakeoff)
forbid("LibTorch belongs to the engine" "${include}(torch/|ATen/|c10/|caffe2/)" ${torch_free})
forbid("LibTorch belongs to the engine" "(^|[^A-Za-z0-9_])(torch|at|c10)::" ${torch_free})

# 2. The core needs no screen.
sources(core core app/latent)
forbid("the core knows no Qt" "${include}(Q[A-Z][A-Za-z]*[>/]|Qt|qcustomplot)" ${core})

# 3. ui/ and app/ enter the core through its front door.
sources(outside ui app)
forbid("only core/include/latent is public"
       "${include}(core|data|io|latent_space|session|bakeoff|tasks|nn|models|training|evaluation|engine)/" ${outside})

# 4. Arrows run one way: app to ui to core, and inside the core as below.
sources(core core)
forbid("the core knows neither ui nor app" "${include}(ui|app)/" ${core})
sources(ui ui)
forbid("the window knows no program" "${include}app/" ${ui})

set(may_use_io io)
set(may_use_data data io)
set(may_use_latent_space latent_space)
set(may_use_session session io)
set(may_use_evaluation evaluation)
set(may_use_bakeoff bakeoff io)
set(may_use_tasks tasks data)
set(may_use_nn nn)
set(may_use_models models nn)
set(may_use_training training models nn data io session latent_space)
set(rooms io data latent_space session evaluation tasks bakeoff nn models training engine)
foreach(room IN LISTS rooms)
  if(NOT DEFINED may_use_${room})
    continue()  # the engine stands on all of them
  endif()
  set(above ${rooms})
  list(REMOVE_ITEM above ${may_use_${room}})
  list(JOIN above "|" above)
  sources(files core/${room})
  list(JOIN may_use_${room} ", " allowed)
  forbid("core/${room} may include only ${allowed}" "${include}(${above})/" ${files})
endforeach()

# 5. Nothing is tied to one machine.
file(GLOB_RECURSE everything ${SOURCE}/app/* ${SOURCE}/core/* ${SOURCE}/ui/* ${SOURCE}/tests/*
     ${SOURCE}/scripts/* ${SOURCE}/cmake/*)
list(FILTER everything INCLUDE REGEX "\\.(cpp|h|cmake|txt|sh|md|json|qss|qrc)$|/scripts/[a-z-]+$")
list(FILTER everything EXCLUDE REGEX "/tests/(data|architecture)/")
forbid("a path of one machine" "/home/[a-ln-z]|/Users/|[\"' =]/root/" ${everything})

# 6. Nothing is left for later.
sources(ours app core ui tests)
forbid("unfinished" "(^|[^A-Z])(TODO|FIXME|XXX)([^A-Z]|$)" ${ours})

# A long file is a smell, not a crime.
foreach(file IN LISTS ours)
  file(STRINGS ${file} lines)
  list(LENGTH lines count)
  if(count GREATER 450)
    file(RELATIVE_PATH name ${SOURCE} ${file})
    message(STATUS "${name} has ${count} lines: does it do one thing?")
  endif()
endforeach()

if(broken)
  list(REMOVE_DUPLICATES broken)
  list(LENGTH broken count)
  list(JOIN broken "\n  " broken)
  message(FATAL_ERROR "${count} broken rules of ARCHITECTURE.md:\n  ${broken}")
endif()
list(LENGTH ours count)
message(STATUS "${count} files keep the rules of the house")
