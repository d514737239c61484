//! Checks that run over every operation of the API document.
