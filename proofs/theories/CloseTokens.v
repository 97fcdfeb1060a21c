(** * T13: some two tokens are close

    Statement.  Among more than [g^d] points of [[-R, R]^d] two are within [2R/g] in the sup
    norm.

    Source: textbook; the order [m^(1/d)] of T13 comes from it.  [[-R, R]] is cut into [g]
    cells.  Over any ordered field. *)

From Coq Require Import Setoid Field Arith Lia List ZArith.
From Counterproof Require Import Sums CountVectors OrderedField Lipschitz.
Import ListNotations.

Local Open Scope field_scope.

Section Cells.
  Variable F : ordered_field.
  Add Field cells_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  (** The largest [l < k] with [lo + l w <= x], or 0. *)
  Fixpoint cell (lo w : F) (k : nat) (x : F) : nat :=
    match k with
    | O => O
    | S l => if fle_dec (lo + integer (Z.of_nat l) * w) x then l else cell lo w l x
    end.

  Lemma cell_bounds lo w k x :
    (1 <= k)%nat -> lo <= x -> x <= lo + integer (Z.of_nat k) * w ->
    (cell lo w k x < k)%nat /\ lo + integer (Z.of_nat (cell lo w k x)) * w <= x /\
    x <= lo + (integer (Z.of_nat (cell lo w k x)) + 1) * w.
  Proof.
    induction k as [|k IH]; intros Hk Hlo Hx; [lia|]. cbn [cell].
    destruct (fle_dec (lo + integer (Z.of_nat k) * w) x) as [H|H].
    - split; [lia|]. split; [exact H|].
      rewrite Nat2Z.inj_succ in Hx. unfold Z.succ in Hx. rewrite integer_add, integer_1 in Hx. exact Hx.
    - destruct k as [|k].
      + exfalso. apply H. change (integer (Z.of_nat 0)) with (0 : F). linear Hlo.
      + destruct (IH ltac:(lia) Hlo (flt_fle _ _ H)) as [H1 H2]. split; [lia | exact H2].
  Qed.

  (** More points of [[-R, R]^d] than cells: two within [2R/g]. *)
  Theorem close_points {A} (l : list A) (x : A -> nat -> F) d g R :
    NoDup l -> (1 <= g)%nat -> 0 <= R -> (g ^ d < length l)%nat ->
    (forall a t, In a l -> (t < d)%nat -> fabs (x a t) <= R) ->
    exists a b, In a l /\ In b l /\ a <> b /\
      sup_dist d (x a) (x b) <= (R + R) / integer (Z.of_nat g).
  Proof.
    intros Hl Hg HR Hlt HxR. set (G := integer (Z.of_nat g)).
    assert (HG : 0 < G) by (apply integer_pos; lia). pose proof (fpos_neq _ HG) as HG0.
    set (w := (R + R) / G).
    assert (Hw : 0 <= w).
    { apply fdiv_le; [exact HG|]. pose proof (fadd_nonneg _ _ HR HR) as H. linear H. }
    assert (Hcell : forall a t, In a l -> (t < d)%nat ->
      let k := cell (- R) w g (x a t) in (k < g)%nat /\ - R + integer (Z.of_nat k) * w <= x a t /\
        x a t <= - R + (integer (Z.of_nat k) + 1) * w).
    { intros a t Ha Ht. specialize (HxR a t Ha Ht). apply cell_bounds; [exact Hg | |].
      - pose proof (fle_trans _ _ _ (fopp_le_fabs _) HxR) as H. linear H.
      - apply fle_trans with (1 := fle_trans _ _ _ (fle_fabs _) HxR). apply feq_fle.
        fold G. unfold w. field. exact HG0. }
    pose (box := fun a => map (fun t => cell (- R) w g (x a t)) (seq 0 d)).
    rewrite <- (seq_length g 0), <- (tuples_length d (seq 0 g)) in Hlt.
    destruct (pigeonhole (list_eq_dec Nat.eq_dec) box l (tuples d (seq 0 g)) Hl) as [a [b [Ha [Hb [Hne E]]]]].
    - intros a Ha. apply tuples_in; [unfold box; rewrite map_length, seq_length; reflexivity|].
      intros k Hk. apply in_map_iff in Hk. destruct Hk as [t [<- Ht]]. apply in_seq in Ht.
      apply in_seq. destruct (Hcell a t Ha ltac:(lia)) as [H _]. lia.
    - exact Hlt.
    - exists a, b. repeat (split; [assumption|]). apply sup_dist_le; [exact Hw|]. intros t Ht.
      assert (Ek : cell (- R) w g (x a t) = cell (- R) w g (x b t)).
      { unfold box in E. pose proof (proj1 map_ext_in_iff E) as H. cbn beta in H.
        apply H. apply in_seq. lia. }
      destruct (Hcell a t Ha Ht) as [_ [A1 A2]], (Hcell b t Hb Ht) as [_ [B1 B2]].
      rewrite Ek in A1, A2. fold w. apply fabs_le.
      + pose proof (fle_add2 _ _ _ _ A2 B1) as H. linear H.
      + pose proof (fle_add2 _ _ _ _ B2 A1) as H. linear H.
  Qed.

  (** Two of [m] tokens. *)
  Theorem close_tokens m d g R (u : nat -> nat -> F) :
    (1 <= g)%nat -> 0 <= R -> (g ^ d < m)%nat ->
    (forall j t, (j < m)%nat -> (t < d)%nat -> fabs (u j t) <= R) ->
    exists i j, (i < m)%nat /\ (j < m)%nat /\ i <> j /\
      sup_dist d (u i) (u j) <= (R + R) / integer (Z.of_nat g).
  Proof.
    intros Hg HR Hlt Hu.
    destruct (close_points (seq 0 m) u d g R (seq_NoDup m 0) Hg HR) as [i [j [Hi [Hj [Hne H]]]]].
    - rewrite seq_length. exact Hlt.
    - intros j t Hj Ht. apply in_seq in Hj. apply Hu; lia.
    - apply in_seq in Hi, Hj. exists i, j. repeat split; try lia; assumption.
  Qed.
End Cells.

Arguments close_tokens {F}. Arguments close_points {F A}.
