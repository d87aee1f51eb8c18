# What every target of ours is compiled with; system headers are not held to it.
add_library(latent_compiler INTERFACE)
target_compile_options(latent_compiler INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps and ends of strings and vectors that are not there (its bugs 105651, 105329).
  target_compile_options(latent_compiler INTERFACE -Wno-restrict -Wno-stringop-overflow
    -Wno-stringop-overread -Wno-array-bounds)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 13 takes any reference that a function gives back for one to its argument (its bug 107532).
  target_compile_options(latent_compiler INTERFACE -Wno-dangling-reference)
endif()
option(LATENT_WARNINGS_AS_ERRORS "Warnings stop the build" OFF)
if(LATENT_WARNINGS_AS_ERRORS)
  target_compile_options(latent_compiler INTERFACE -Werror)
endif()

# LibTorch's, Qt's and CLI11's headers cost each translation unit 3 to 10 s: where the whole house is
# built, several files share one. A preset for daily work leaves it off.
option(LATENT_UNITY "Compile several files of a library together" OFF)
function(latent_unity target)
  if(LATENT_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # A file's own types are no main file's there, and that is all that GCC has to say.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

if(LATENT_SANITIZE)
  add_compile_options(-fsanitize=${LATENT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LATENT_SANITIZE})
endif()

find_program(LATENT_CCACHE ccache)
if(LATENT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${LATENT_CCACHE})
  # ccache wants the header's content, not its time, to decide whether a precompiled header is new.
  add_compile_options(-fpch-preprocess)
endif()
