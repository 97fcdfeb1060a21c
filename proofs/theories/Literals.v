(** * How certificates write numbers

    Reading the numbers of a certificate costs more than checking it: a decimal
    literal of type [Z] is turned into binary by Coq's front end, digit by digit.
    Literals of type [Number.int] are kept as digits and cost about a sixth of that
    (100 rows of 25 numbers of 30 digits: 0.7 s instead of 5.8 s; as strings 2.7 s);
    the virtual machine converts them in no time.  So

      Definition row_0 : row := [12; -7; 30000000000000000000000000001].

    is the form of every row: one [Definition] per row, decimal, no plus sign.
    Certificates import this file; theories do not, because it opens the scope. *)

From Coq Require Export ZArith QArith List.
From Coq Require Import Number.
Export ListNotations.

Definition number := Number.int.
Definition row := list Number.int.
Definition matrix := list row.

Definition integer : number -> Z := Z.of_num_int.
Definition integers : row -> list Z := map integer.
Definition integer_rows : matrix -> list (list Z) := map integers.
Definition natural (x : number) : nat := Z.to_nat (integer x).

(** Rows of three numbers as triples; a row of another shape becomes [(0, 0, 0)]. *)
Definition triple_of (r : row) : Z * Z * Z :=
  match integers r with
  | [a; b; c] => (a, b, c)
  | _ => (0, 0, 0)%Z
  end.
Definition triples_of : matrix -> list (Z * Z * Z) := map triple_of.

(** Three rows of three, for triples of points. *)
Definition point_triple_of (t : row * row * row) :=
  let '(l, m, r) := t in (triple_of l, triple_of m, triple_of r).

Open Scope dec_int_scope.
