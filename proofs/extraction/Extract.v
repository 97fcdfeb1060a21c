(** * The checkers as OCaml code

    Extracts the checkers for Farkas vectors, bounds, relations, pairs and kernels, with [Z]
    mapped to zarith.  Coq takes seconds where the extracted code takes milliseconds, so
    large certificates go here.  What this adds to the trusted part: Coq's extraction,
    its map from [Z] to zarith (ExtrOcamlZBigInt), zarith, and the parser in main.ml. *)

From Coq Require Import Extraction ExtrOcamlBasic ExtrOcamlZBigInt.
From Counterproof Require Import Farkas CheckFarkas CheckCollision CheckKernel.

Extraction Language OCaml.
Extraction "checkers.ml"
  check_farkas check_bound check_relation check_pair_qc check_pair_mfe
  check_generates check_silent check_kernel check_kernel_qc check_kernel_mfe.
