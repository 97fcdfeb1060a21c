(** * Checker: no short relation, by enumeration of a lattice

    Input, all integers: the [d] rows of [V], each of length [m] (each scaled by its own
    denominators); a bound [b]; and
    - [levels]: the coordinates, in the order in which they are fixed.  Each is
      [(vector, functional, cuts)]: a vector of the lattice, what reads its coordinate,
      and cuts [y] with [<y, vector> > 0] that vanish on the vectors of all later levels;
    - [identity]: for each token [j] a number [D > 0] and one number [w_t] a row of
      [A = (V, 1 .. 1)], with [D e_j = D sum_i vector_i(j) functional_i + sum_t w_t A_t].

    Let [A z = 0].  By [identity] [z = sum_i x_i vector_i] with [x_i = <functional_i, z>],
    an integer.  If [||z||_1 <= b] then [|<y, z>| <= b max |y|] for every cut, which
    bounds [x_i] once the coordinates of the earlier levels are fixed: [search] walks
    through all values that the cuts allow.  As [z] and [-z] are relations together, it is
    enough that the first coordinate that is not zero is positive.

    Accepted by [check_kernel]: every [z <> 0] with [V z = 0], [sum z = 0] has
    [||z||_1 > b].  With [b = 2 (n - 1)] the state of uniform attention determines the counts
    at length [n] and below, for each query.  Accepted by [check_kernel_qc]: the same
    for [z] with [z_q <> 0], where only the vector of the first level may be nonzero at [q].
    Accepted by [check_kernel_mfe]: the same, but [z] with [||z||_1 = b] may exist when the
    only two inputs of length [b / 2 + 1] with query [q] that it is about have the
    same largest count.

    Source: ours, for the statement of [UniformCollision.v]. *)

From Coq Require Import Arith Lia List ZArith QArith.
From Counterproof Require Import Sums Vectors UniformCollision Rows CheckCollision CheckBranch.
Import ListNotations.

Local Open Scope Z_scope.

(** ** The checker *)

Definition level := (list Z * list Z * list (list Z))%type.
Definition vector (l : level) : list Z := fst (fst l).
Definition functional (l : level) : list Z := snd (fst l).
Definition cuts (l : level) : list (list Z) := snd l.

Definition token_ok (m : nat) (A : list (list Z)) (levels : list level) (j : nat)
    (certificate : Z * list Z) : bool :=
  let '(D, w) := certificate in
  (0 <? D)
  && row_equal (map (Z.mul D) (indicator m j))
       (add_multiple 1 (sum_rows m (map (fun l => D * entry (vector l) j) levels) (map functional levels))
          (sum_rows m w A)).

Fixpoint tokens_ok (m : nat) (A : list (list Z)) (levels : list level) (j : nat)
    (identity : list (Z * list Z)) : bool :=
  match identity with
  | [] => (j =? m)%nat
  | c :: rest => token_ok m A levels j c && tokens_ok m A levels (S j) rest
  end.

Fixpoint levels_ok (m : nat) (levels : list level) : bool :=
  match levels with
  | [] => true
  | l :: rest =>
      (length (vector l) =? m)%nat && (length (functional l) =? m)%nat
      && forallb (fun y => (0 <? row_product y (vector l))
                           && forallb (fun l' => row_product y (vector l') =? 0) rest) (cuts l)
      && levels_ok m rest
  end.

Definition counting_rows (V : list (list Z)) (m : nat) : list (list Z) := ones m :: V.

(** The levels generate all relations. *)
Definition check_generates (V : list (list Z)) (m : nat) (levels : list level)
    (identity : list (Z * list Z)) : bool :=
  forallb (fun a => (length a =? m)%nat) V && levels_ok m levels
  && tokens_ok m (counting_rows V m) levels 0 identity.

(** A cut, its product with the vector of its level, and its bound. *)
Definition cut := (list Z * Z * Z)%type.

Definition prepare (b : Z) (l : level) : list Z * list cut :=
  (vector l, map (fun y => (y, row_product y (vector l), b * row_size y)) (cuts l)).

(** The values that a cut allows to its coordinate, when the earlier ones add up to [z]. *)
Definition cut_ends (z : list Z) (c : cut) : Z * Z :=
  let '(y, w, b) := c in
  let s := row_product y z in (- ((b + s) / w), (b - s) / w).

Definition narrow (z : list Z) (ends : Z * Z) (c : cut) : Z * Z :=
  let '(low, high) := cut_ends z c in (Z.max (fst ends) low, Z.min (snd ends) high).

(** [floor]: the least value of the next coordinate, while no coordinate is positive. *)
Definition lift (floor : option Z) (low : Z) : Z :=
  match floor with
  | Some f => Z.max f low
  | None => low
  end.

Definition interval (z : list Z) (floor : option Z) (cs : list cut) : option (Z * Z) :=
  match cs with
  | [] => None
  | c :: rest =>
      let '(low, high) := cut_ends z c in Some (fold_left (narrow z) rest (lift floor low, high))
  end.

Definition next_floor (floor : option Z) (x : Z) : option Z :=
  match floor with
  | Some _ => if x =? 0 then Some 0 else None
  | None => None
  end.

(** [visit] at [x], [x + 1], .., [count] values. *)
Fixpoint visit_all (visit : Z -> list Z -> bool) (v : list Z) (count : nat) (x : Z) (z : list Z) : bool :=
  match count with
  | O => true
  | S k => if visit x z then visit_all visit v k (x + 1) (add_multiple 1 v z) else false
  end.

(** Is every vector that the cuts allow [fine]? *)
Fixpoint search (fine : list Z -> bool) (levels : list (list Z * list cut)) (floor : option Z)
    (z : list Z) : bool :=
  match levels with
  | [] => fine z
  | (v, cs) :: rest =>
      match interval z floor cs with
      | None => false
      | Some (low, high) =>
          visit_all (fun x => search fine rest (next_floor floor x)) v (Z.to_nat (high - low + 1)) low
            (add_multiple low v z)
      end
  end.

Definition zero_row (z : list Z) : bool := forallb (Z.eqb 0) z.

Definition long (b : Z) (z : list Z) : bool := if b <? row_abs z then true else zero_row z.

Definition start_search (fine : list Z -> bool) (m : nat) (b : Z) (levels : list level) (floor : Z) : bool :=
  search fine (map (prepare b) levels) (Some floor) (repeat 0 m).

Definition check_kernel (V : list (list Z)) (m : nat) (b : Z) (levels : list level)
    (identity : list (Z * list Z)) : bool :=
  check_generates V m levels identity && start_search (long b) m b levels 0.

(** All vectors are zero at [q]. *)
Definition silent (q : nat) (levels : list level) : bool :=
  forallb (fun l => entry (vector l) q =? 0) levels.

Definition check_silent (V : list (list Z)) (m q : nat) (levels : list level)
    (identity : list (Z * list Z)) : bool :=
  check_generates V m levels identity && silent q levels.

Definition check_kernel_qc (V : list (list Z)) (m : nat) (b : Z) (q : nat) (levels : list level)
    (identity : list (Z * list Z)) : bool :=
  check_generates V m levels identity && silent q (tl levels) && start_search (long b) m b levels 1.

(** The largest count of the shortest input with query [q] that [z] is about. *)
Definition largest_part (m q : nat) (z : list Z) : Z :=
  row_max (tabulate m (positive_part (entry z) q 1)).

Definition harmless (m q : nat) (b : Z) (z : list Z) : bool :=
  if long b z then true
  else (row_abs z =? b) && (largest_part m q z =? largest_part m q (map Z.opp z)).

Definition check_kernel_mfe (V : list (list Z)) (m : nat) (b : Z) (q : nat) (levels : list level)
    (identity : list (Z * list Z)) : bool :=
  check_generates V m levels identity && start_search (harmless m q b) m b levels 0.

(** ** The levels generate the relations *)

Lemma row_product_indicator m j z : (j < m)%nat -> length z = m -> row_product (indicator m j) z = entry z j.
Proof.
  intros Hj Hz. rewrite (row_product_sum _ _ m) by apply tabulate_length.
  rewrite (zsum_single m j) by
    (try exact Hj; intros i Hi Hne; unfold indicator; rewrite tabulate_entry by exact Hi;
     apply Nat.eqb_neq in Hne; rewrite Hne; ring).
  unfold indicator. rewrite tabulate_entry, Nat.eqb_refl by exact Hj. ring.
Qed.

(** [z + sum_i x_i vector_i] *)
Fixpoint reach (z : list Z) (xs : list Z) (levels : list level) : list Z :=
  match xs, levels with
  | x :: xs', l :: levels' => reach (add_multiple x (vector l) z) xs' levels'
  | _, _ => z
  end.

Definition coordinates (levels : list level) (z : list Z) : list Z :=
  map (fun l => row_product (functional l) z) levels.

Definition shaped (m : nat) (levels : list level) : Prop :=
  forall l, In l levels -> length (vector l) = m /\ length (functional l) = m.

Lemma shaped_tail m l levels : shaped m (l :: levels) -> shaped m levels.
Proof. intros H l' Hl. apply H. right. exact Hl. Qed.

Lemma levels_ok_shaped m levels : levels_ok m levels = true -> shaped m levels.
Proof.
  induction levels as [|l levels IH]; intros H; [intros l' []|]. simpl in H.
  apply andb_prop in H. destruct H as [H Hrest]. apply andb_prop in H. destruct H as [H _].
  apply andb_prop in H. destruct H as [Hv Hf]. apply Nat.eqb_eq in Hv. apply Nat.eqb_eq in Hf.
  intros l' [<-|Hl]; [auto | apply (IH Hrest l' Hl)].
Qed.

Lemma reach_length m z xs levels : length z = m -> shaped m levels -> length (reach z xs levels) = m.
Proof.
  revert z xs. induction levels as [|l levels IH]; intros z [|x xs] Hz Hl; simpl; try exact Hz.
  apply IH; [|apply (shaped_tail _ _ _ Hl)].
  rewrite add_multiple_length; [exact Hz|]. destruct (Hl l (or_introl eq_refl)). congruence.
Qed.

(** A linear form of what is reached. *)
Lemma reach_linear m (f : list Z -> Z) z xs levels :
  (forall x a g, length a = m -> length g = m -> f (add_multiple x a g) = x * f a + f g) ->
  length z = m -> shaped m levels ->
  f (reach z xs levels) = f z + row_product xs (map (fun l => f (vector l)) levels).
Proof.
  intros Hf. revert z xs. induction levels as [|l levels IH]; intros z [|x xs] Hz Hl; simpl; try lia.
  destruct (Hl l (or_introl eq_refl)) as [Hv _].
  rewrite IH; [|rewrite add_multiple_length; congruence | apply (shaped_tail _ _ _ Hl)].
  rewrite Hf by assumption. ring.
Qed.

Lemma reach_entry m z xs levels j :
  length z = m -> shaped m levels ->
  entry (reach z xs levels) j = entry z j + row_product xs (map (fun l => entry (vector l) j) levels).
Proof.
  apply (reach_linear m (fun z => entry z j)). intros. apply entry_add. congruence.
Qed.

Lemma reach_product m y z xs levels :
  length z = m -> shaped m levels ->
  row_product y (reach z xs levels)
  = row_product y z + row_product xs (map (fun l => row_product y (vector l)) levels).
Proof.
  apply (reach_linear m (row_product y)). intros x a g Ha Hg.
  rewrite !(row_product_comm y). apply row_product_add. congruence.
Qed.

Lemma tokens_ok_at m A levels start identity j :
  tokens_ok m A levels start identity = true -> (start <= j)%nat -> (j < m)%nat ->
  exists c, token_ok m A levels j c = true.
Proof.
  revert start. induction identity as [|c identity IH]; intros start H Hs Hj; simpl in H.
  - apply Nat.eqb_eq in H. lia.
  - apply andb_prop in H. destruct H as [Hc H].
    destruct (Nat.eq_dec start j) as [<-|Hne]; [exists c; exact Hc|]. apply (IH (S start) H); lia.
Qed.

Lemma entry_repeat_zero m j : entry (repeat 0 m) j = 0.
Proof. unfold entry. revert j. induction m as [|m IH]; intros [|j]; simpl; auto. Qed.

Definition kernel_vector (V : list (list Z)) (m : nat) (z : list Z) : Prop :=
  length z = m /\ row_sum z = 0 /\ forall a, In a V -> row_product a z = 0.

(** Every relation is the combination of the vectors by its own coordinates. *)
Theorem check_generates_sound V m levels identity z :
  check_generates V m levels identity = true -> kernel_vector V m z ->
  reach (repeat 0 m) (coordinates levels z) levels = z.
Proof.
  unfold check_generates. intros H [Hz [Hsum Hrows]].
  apply andb_prop in H. destruct H as [H Hid]. apply andb_prop in H. destruct H as [HV Hl].
  apply levels_ok_shaped in Hl. rewrite forallb_forall in HV.
  assert (Hzero : length (repeat 0 m) = m) by apply repeat_length.
  assert (Hlen : length (reach (repeat 0 m) (coordinates levels z) levels) = m)
    by (apply reach_length; assumption).
  apply (nth_ext _ _ 0 0); [congruence|].
  rewrite Hlen. intros j Hj.
  change (entry (reach (repeat 0 m) (coordinates levels z) levels) j = entry z j).
  rewrite (reach_entry m), entry_repeat_zero by assumption.
  destruct (tokens_ok_at _ _ _ _ _ j Hid ltac:(lia) Hj) as [[D w] Hc].
  unfold token_ok in Hc. apply andb_prop in Hc. destruct Hc as [HD Hc].
  apply Z.ltb_lt in HD. apply row_equal_true in Hc. apply (f_equal (fun a => row_product a z)) in Hc.
  assert (HA : forall a, In a (counting_rows V m) -> length a = m /\ row_product a z = 0).
  { intros a [<-|Ha].
    - split; [apply repeat_length|]. rewrite <- Hsum, <- Hz. unfold ones. clear.
      induction z as [|x z IH]; [reflexivity|]. cbn [length repeat row_product row_sum fold_right].
      fold (row_sum z). rewrite IH. ring.
    - split; [apply Nat.eqb_eq, HV, Ha | apply Hrows, Ha]. }
  assert (HF : forall a, In a (map functional levels) -> length a = m)
    by (intros a Ha; apply in_map_iff in Ha; destruct Ha as [l [<- Hin]]; apply (Hl l Hin)).
  rewrite row_product_add in Hc by (rewrite !sum_rows_length by (auto; apply HA); reflexivity).
  rewrite row_product_scaled, row_product_indicator, !sum_rows_product in Hc by (auto; apply HA).
  rewrite (row_product_vanishing w (counting_rows V m)) in Hc by apply HA.
  rewrite map_map in Hc. apply (Z.mul_reg_l _ _ D); [lia|].
  rewrite Hc, Z.add_0_r, Z.mul_1_l. unfold coordinates. clear.
  induction levels as [|l levels IH]; simpl; [ring|]. rewrite <- IH. ring.
Qed.

(** ** The search reaches everything *)

(** The first coordinate that is not zero is positive; the first of all is at least [floor]. *)
Fixpoint above (floor : option Z) (xs : list Z) : Prop :=
  match floor, xs with
  | Some f, x :: xs' => f <= x /\ (x = 0 -> above (Some 0) xs')
  | _, _ => True
  end.

Lemma above_next floor x xs : above floor (x :: xs) -> above (next_floor floor x) xs.
Proof.
  destruct floor as [f|]; cbn [above next_floor]; [|destruct xs; auto]. intros [_ H].
  destruct (Z.eqb_spec x 0) as [E|_]; [auto|]. destruct xs; exact I.
Qed.

Lemma above_or_opposite xs : above (Some 0) xs \/ above (Some 0) (map Z.opp xs).
Proof.
  induction xs as [|x xs IH]; [left; exact I|]. simpl.
  destruct (Z.lt_trichotomy x 0) as [H|[H|H]]; [right | destruct IH; [left|right] | left];
    split; intros; try lia; assumption.
Qed.

Lemma add_multiple_step v x z : add_multiple 1 v (add_multiple x v z) = add_multiple (x + 1) v z.
Proof.
  revert z. induction v as [|p v IH]; intros [|q z]; try reflexivity. cbn [add_multiple].
  rewrite IH. f_equal. ring.
Qed.

Lemma visit_all_sound visit v count x z y :
  visit_all visit v count x (add_multiple x v z) = true -> x <= y < x + Z.of_nat count ->
  visit y (add_multiple y v z) = true.
Proof.
  revert x. induction count as [|count IH]; intros x H Hy; [lia|]. cbn [visit_all] in H.
  destruct (visit x (add_multiple x v z)) eqn:E; [|discriminate].
  rewrite add_multiple_step in H.
  destruct (Z.eq_dec y x) as [->|Hne]; [exact E|]. apply (IH (x + 1) H). lia.
Qed.

Lemma cut_ends_sound s w b x :
  0 < w -> Z.abs (s + x * w) <= b -> - ((b + s) / w) <= x <= (b - s) / w.
Proof.
  intros Hw H. split.
  - assert (- x <= (b + s) / w) by (apply Z.div_le_lower_bound; lia). lia.
  - apply Z.div_le_lower_bound; lia.
Qed.

(** A cut leaves [x] when the whole vector satisfies its bound. *)
Definition leaves (z : list Z) (x : Z) (c : cut) : Prop :=
  fst (cut_ends z c) <= x <= snd (cut_ends z c).

Lemma narrow_sound z x rest ends :
  fst ends <= x <= snd ends -> Forall (leaves z x) rest ->
  fst (fold_left (narrow z) rest ends) <= x <= snd (fold_left (narrow z) rest ends).
Proof.
  intros H Hr. revert ends H. induction Hr as [|c rest Hc _ IH]; intros ends H; [exact H|].
  simpl. apply IH. unfold leaves in Hc. unfold narrow. destruct (cut_ends z c) as [low high].
  simpl in *. lia.
Qed.

Lemma interval_sound z floor cs x xs low high :
  above floor (x :: xs) -> Forall (leaves z x) cs -> interval z floor cs = Some (low, high) ->
  low <= x <= high.
Proof.
  intros Ha Hc H. destruct Hc as [|c rest Hc Hr]; [discriminate|]. simpl in H.
  unfold leaves in Hc. destruct (cut_ends z c) as [l h]. simpl in Hc. injection H as E.
  pose proof (narrow_sound z x rest (lift floor l, h)) as Hn. rewrite E in Hn. apply Hn; [|exact Hr].
  simpl. destruct floor as [f|]; simpl in *; lia.
Qed.

Lemma search_sound fine m b levels floor xs z :
  levels_ok m levels = true -> length z = m -> length xs = length levels -> above floor xs ->
  row_abs (reach z xs levels) <= b ->
  search fine (map (prepare b) levels) floor z = true -> fine (reach z xs levels) = true.
Proof.
  revert floor xs z. induction levels as [|l levels IH]; intros floor xs z Hok Hz Hxs Ha Hb H.
  - destruct xs; exact H.
  - destruct xs as [|x xs]; [discriminate|]. pose proof (levels_ok_shaped _ _ Hok) as Hs.
    pose proof (reach_length m z (x :: xs) _ Hz Hs) as Hlen.
    destruct (Hs l (or_introl eq_refl)) as [Hv _].
    cbn [map search] in H. unfold prepare in H at 1.
    destruct (interval _ _ _) as [[low high]|] eqn:E; [|discriminate].
    simpl in Hok. apply andb_prop in Hok. destruct Hok as [Hok Hrest].
    apply andb_prop in Hok. destruct Hok as [_ Hcuts]. rewrite forallb_forall in Hcuts.
    apply interval_sound with (x := x) (xs := xs) in E; [| exact Ha |].
    + apply visit_all_sound with (y := x) in H; [|lia].
      apply (IH (next_floor floor x)); auto.
      * rewrite add_multiple_length; congruence.
      * apply (above_next floor x xs Ha).
    + apply Forall_forall. intros c Hc. apply in_map_iff in Hc. destruct Hc as [y [<- Hy]].
      specialize (Hcuts y Hy). apply andb_prop in Hcuts. destruct Hcuts as [Hpos Hlater].
      apply Z.ltb_lt in Hpos. rewrite forallb_forall in Hlater.
      apply cut_ends_sound; [exact Hpos|].
      assert (Ey : row_product y (reach z (x :: xs) (l :: levels))
                   = row_product y z + x * row_product y (vector l)).
      { rewrite (reach_product m) by assumption. cbn [map row_product].
        rewrite row_product_vanishing; [ring|].
        intros l' Hl'. apply Z.eqb_eq, Hlater. exact Hl'. }
      rewrite <- Ey. pose proof (row_bounded y (reach z (x :: xs) (l :: levels))) as Hy'.
      etransitivity; [exact Hy'|]. rewrite (Z.mul_comm b). apply Z.mul_le_mono_nonneg_l; [|exact Hb].
      clear. induction y; simpl; lia.
Qed.

(** *** Of a relation or its opposite *)

Lemma opposite_kernel V m z : kernel_vector V m z -> kernel_vector V m (map Z.opp z).
Proof.
  intros [Hz [Hs Hr]]. split; [rewrite map_length; exact Hz|]. split.
  - assert (E : row_sum (map Z.opp z) = - row_sum z)
      by (clear; induction z as [|x z IH]; simpl; [reflexivity | rewrite IH; ring]).
    rewrite E, Hs. reflexivity.
  - intros a Ha. rewrite row_product_comm, row_product_opp, row_product_comm, Hr by exact Ha. reflexivity.
Qed.

Lemma opposite_coordinates levels z :
  coordinates levels (map Z.opp z) = map Z.opp (coordinates levels z).
Proof.
  unfold coordinates. rewrite map_map. apply map_ext. intros l.
  rewrite row_product_comm, row_product_opp, row_product_comm. reflexivity.
Qed.

(** What is reached from the start is fine, for vectors whose coordinates begin as stated. *)
Lemma start_search_sound V m levels identity fine b floor z :
  check_generates V m levels identity = true -> start_search fine m b levels floor = true ->
  kernel_vector V m z -> row_abs z <= b -> above (Some floor) (coordinates levels z) -> fine z = true.
Proof.
  intros Hg Hs Hz Hb Ha. pose proof (check_generates_sound _ _ _ _ _ Hg Hz) as E.
  rewrite <- E in Hb |- *. unfold check_generates in Hg.
  apply andb_prop in Hg. destruct Hg as [Hg _]. apply andb_prop in Hg. destruct Hg as [_ Hl].
  apply (search_sound fine m b levels (Some floor)); auto.
  - apply repeat_length.
  - apply map_length.
Qed.

Lemma search_either V m levels identity fine b z :
  check_generates V m levels identity = true -> start_search fine m b levels 0 = true ->
  kernel_vector V m z -> row_abs z <= b -> fine z = true \/ fine (map Z.opp z) = true.
Proof.
  intros Hg Hs Hz Hb. destruct (above_or_opposite (coordinates levels z)) as [Ha|Ha]; [left|right].
  - apply (start_search_sound V m levels identity fine b 0); assumption.
  - rewrite <- opposite_coordinates in Ha.
    apply (start_search_sound V m levels identity fine b 0); auto using opposite_kernel.
    rewrite opposite_abs. exact Hb.
Qed.

Lemma zero_row_false z j : entry z j <> 0 -> zero_row z = false.
Proof.
  unfold zero_row, entry. intros H. apply Bool.not_true_iff_false. intros E. apply H.
  rewrite forallb_forall in E. destruct (Nat.lt_ge_cases j (length z)) as [Hj|Hj].
  - symmetry. apply Z.eqb_eq, E, nth_In. exact Hj.
  - apply nth_overflow. exact Hj.
Qed.

Lemma long_false b z j : row_abs z <= b -> entry z j <> 0 -> long b z = false.
Proof.
  intros Hb Hj. unfold long. destruct (Z.ltb_spec b (row_abs z)); [lia|]. apply (zero_row_false z j Hj).
Qed.

(** A relation as a row. *)
Lemma relation_row V m z :
  (forall a, In a V -> length a = m) ->
  (forall a, In a V -> zsum m (fun j => entry a j * z j) = 0) -> zsum m z = 0 ->
  kernel_vector V m (tabulate m z) /\ row_abs (tabulate m z) = l1 m z.
Proof.
  intros HV Hz Hs. pose proof (tabulate_length m z) as Hl. split; [split; [exact Hl|split]|].
  - rewrite (row_sum_sum _ _ Hl). etransitivity; [|exact Hs].
    apply zsum_ext. intros. apply tabulate_entry. assumption.
  - intros a Ha. rewrite (row_product_tabulate a m z) by auto. apply Hz. exact Ha.
  - rewrite (row_abs_sum _ _ Hl). apply zsum_ext. intros. rewrite tabulate_entry by assumption. reflexivity.
Qed.

Lemma generates_rows V m levels identity a :
  check_generates V m levels identity = true -> In a V -> length a = m.
Proof.
  intros H Ha. apply andb_prop in H. destruct H as [H _]. apply andb_prop in H. destruct H as [H _].
  rewrite forallb_forall in H. apply Nat.eqb_eq, H. exact Ha.
Qed.

(** ** What is accepted *)

(** No short relation. *)
Theorem check_kernel_sound V m b levels identity :
  check_kernel V m b levels identity = true -> no_relation_within V m b.
Proof.
  intros H z Hz Hs [j [Hj Hne]]. apply andb_prop in H. destruct H as [Hg H].
  destruct (Z_lt_le_dec b (l1 m z)) as [Hb|Hb]; [exact Hb | exfalso].
  destruct (relation_row V m z) as [Hk Ha]; auto; [intros; apply (generates_rows _ _ _ _ _ Hg); assumption|].
  rewrite <- Ha in Hb. rewrite <- (tabulate_entry m z j Hj) in Hne.
  destruct (search_either _ _ _ _ _ _ _ Hg H Hk Hb) as [E|E].
  - rewrite (long_false b _ j) in E; [discriminate | exact Hb | exact Hne].
  - rewrite (long_false b _ j) in E; [discriminate | rewrite opposite_abs; exact Hb|].
    rewrite entry_opp. lia.
Qed.

(** No relation at all: nothing is generated. *)
Theorem check_trivial_sound V m b identity :
  check_generates V m [] identity = true -> no_relation_within V m b.
Proof.
  intros H. apply (check_kernel_sound V m b [] identity). unfold check_kernel. rewrite H.
  unfold start_search, long. simpl. destruct (_ <? _); [reflexivity|].
  unfold zero_row. clear. induction m; auto.
Qed.
