# Finds hnswlib, which is headers only, and makes the target Hnswlib::hnswlib. Debian's package has
# no CMake file of its own.
find_path(Hnswlib_INCLUDE_DIR NAMES hnswlib/hnswlib.h)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Hnswlib REQUIRED_VARS Hnswlib_INCLUDE_DIR)

if(Hnswlib_FOUND AND NOT TARGET Hnswlib::hnswlib)
  add_library(Hnswlib::hnswlib INTERFACE IMPORTED)
  set_target_properties(Hnswlib::hnswlib PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${Hnswlib_INCLUDE_DIR})
endif()
mark_as_advanced(Hnswlib_INCLUDE_DIR)
