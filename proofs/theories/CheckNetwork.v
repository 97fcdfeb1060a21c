(** * Checker: networks that invert

    Input, all integers: [n], a tolerance [eps = p / s] with [s > 0], denominators
    [e, g > 0], and a network over them,
      [N(x) = alpha/g x + beta/g + sum_i (a_i/g) ReLU((w_i x + b_i)/e)],
    given by [alpha], [beta] and the [t] units [(a_i, w_i, b_i)].
    Accepted by [check_network]: [|N(1/k) - k| <= eps] for [k = 1 .. n], an upper bound on
    the least width.  At [x = 1/k], multiplied by [k e g], everything is an integer:
      [| e (alpha + k beta) + sum_i a_i max(0, w_i + k b_i) - k^2 e g | s <= p k e g].
    [check_slope] takes no [alpha] (it is 0) and bounds [sum_i |a_i w_i|] by [P e g], an
    upper bound on the least total slope.

    Source: ours, for the statements of [InverseWidth.v] and [InverseSlope.v]. *)

From Coq Require Import Arith Lia List ZArith QArith Qabs Qfield Lqa.
From Counterproof Require Import Sums Vectors InverseWidth InverseSlope CheckTriples.
Import ListNotations.

Local Open Scope Z_scope.

Definition unit_entry := (Z * Z * Z)%type.   (* (a, w, b) *)
Definition unit_a (u : unit_entry) : Z := let '(a, _, _) := u in a.
Definition unit_w (u : unit_entry) : Z := let '(_, w, _) := u in w.
Definition unit_b (u : unit_entry) : Z := let '(_, _, b) := u in b.

(** The network that the integers stand for. *)
Definition as_network (e g alpha beta : Z) (units : list unit_entry) : network :=
  let u := fun i => nth i units (0, 0, 0) in
  {| InverseWidth.alpha := inject_Z alpha / inject_Z g;
     InverseWidth.beta := inject_Z beta / inject_Z g;
     width := length units;
     out_weight := fun i => inject_Z (unit_a (u i)) / inject_Z g;
     in_weight := fun i => inject_Z (unit_w (u i)) / inject_Z e;
     bias := fun i => inject_Z (unit_b (u i)) / inject_Z e |}%Q.

(** [k e g N(1/k)]. *)
Definition scaled_value (e alpha beta k : Z) (units : list unit_entry) : Z :=
  e * (alpha + k * beta)
  + fold_right (fun u s => unit_a u * Z.max 0 (unit_w u + k * unit_b u) + s) 0 units.

Definition check_value (p s e g alpha beta : Z) (units : list unit_entry) (k : Z) : bool :=
  Z.abs (scaled_value e alpha beta k units - k * k * (e * g)) * s <=? p * (k * (e * g)).

(** [1 .. n]. *)
Definition lengths (n : Z) : list Z := map Z.of_nat (seq 1 (Z.to_nat n)).

Definition check_inverts (n p s e g alpha beta : Z) (units : list unit_entry) : bool :=
  (0 <? s) && (0 <? e) && (0 <? g) && forallb (check_value p s e g alpha beta units) (lengths n).

Definition check_network (n p s : Z) (t : nat) (e g alpha beta : Z) (units : list unit_entry) : bool :=
  (length units =? t)%nat && check_inverts n p s e g alpha beta units.

Definition check_slope (n p s bound e g beta : Z) (units : list unit_entry) : bool :=
  check_inverts n p s e g 0 beta units
  && (fold_right (fun u t => Z.abs (unit_a u * unit_w u) + t) 0 units <=? bound * (e * g)).

(** ** Soundness *)

Lemma qsum_list {A} (f : A -> Q) (h : A -> Z) (scale : Q) (units : list A) (def : A) :
  (forall u, In u units -> (scale * f u == inject_Z (h u))%Q) ->
  (scale * qsum (length units) (fun i => f (nth i units def))
   == inject_Z (fold_right (fun u s => (h u + s)%Z) 0%Z units))%Q.
Proof.
  induction units as [|u units IH]; intros H; [simpl; ring|].
  cbn [length]. rewrite qsum_first. cbn [nth fold_right].
  rewrite inject_Z_plus, <- IH by (intros; apply H; right; assumption).
  rewrite <- (H u) by (left; reflexivity). ring.
Qed.

Lemma relu_integer y k e :
  0 < k -> 0 < e ->
  (inject_Z k * inject_Z e * relu (inject_Z y / (inject_Z k * inject_Z e)) == inject_Z (Z.max 0 y))%Q.
Proof.
  intros Hk He. pose proof (inject_pos k ltac:(lia)) as Pk. pose proof (inject_pos e ltac:(lia)) as Pe.
  assert (P : (0 < inject_Z k * inject_Z e)%Q) by (apply Qmult_lt_0_compat; assumption).
  destruct (Z_le_gt_dec 0 y) as [Hy|Hy].
  - rewrite relu_pos; [|apply Qle_shift_div_l; [exact P|]].
    + rewrite Z.max_r by exact Hy. field. lra.
    + rewrite Qmult_0_l. change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. exact Hy.
  - rewrite relu_neg; [|apply Qle_shift_div_r; [exact P|]].
    + rewrite Z.max_l by lia. change (inject_Z 0) with 0%Q. ring.
    + rewrite Qmult_0_l. change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. lia.
Qed.

Lemma scaled_value_eval e g alpha beta units k :
  0 < e -> 0 < g -> 0 < k ->
  (inject_Z k * inject_Z e * inject_Z g * eval (as_network e g alpha beta units) (/ inject_Z k)
   == inject_Z (scaled_value e alpha beta k units))%Q.
Proof.
  intros He Hg Hk. pose proof (inject_pos k ltac:(lia)) as Pk.
  pose proof (inject_pos e ltac:(lia)) as Pe. pose proof (inject_pos g ltac:(lia)) as Pg.
  unfold eval, scaled_value. rewrite inject_Z_plus, !inject_Z_mult, inject_Z_plus, inject_Z_mult.
  set (f := fun u => (inject_Z (unit_a u) / inject_Z g
    * relu (inject_Z (unit_w u) / inject_Z e * / inject_Z k + inject_Z (unit_b u) / inject_Z e))%Q).
  rewrite <- (qsum_list f _ (inject_Z k * inject_Z e * inject_Z g) units (0, 0, 0)).
  - unfold f, unit_line. cbn [width out_weight in_weight bias InverseWidth.alpha InverseWidth.beta as_network].
    field. lra.
  - intros u _. unfold f.
    setoid_replace (inject_Z (unit_w u) / inject_Z e * / inject_Z k + inject_Z (unit_b u) / inject_Z e)%Q
      with (inject_Z (unit_w u + k * unit_b u) / (inject_Z k * inject_Z e))%Q
      by (rewrite inject_Z_plus, inject_Z_mult; field; lra).
    rewrite inject_Z_mult, <- (relu_integer _ k e Hk He). field. lra.
Qed.

Lemma check_value_sound p s e g alpha beta units k :
  0 < s -> 0 < e -> 0 < g -> 0 < k -> check_value p s e g alpha beta units k = true ->
  near (tolerance p s) (as_network e g alpha beta units) (/ inject_Z k) (inject_Z k).
Proof.
  intros Hs He Hg Hk H. unfold check_value in H. apply Z.leb_le in H.
  pose proof (scaled_value_eval e g alpha beta units k He Hg Hk) as E.
  set (y := eval _ _) in *. unfold near. fold y.
  set (D := k * (e * g)) in *. assert (HD : 0 < D) by (unfold D; nia).
  assert (PD : (0 < inject_Z D)%Q) by (apply inject_pos; lia).
  assert (Ps : (0 < inject_Z s)%Q) by (apply inject_pos; lia).
  assert (ED : (inject_Z k * inject_Z e * inject_Z g == inject_Z D)%Q)
    by (unfold D; rewrite !inject_Z_mult; ring).
  rewrite ED in E.
  set (z := scaled_value e alpha beta k units - k * k * (e * g)) in *.
  assert (Ez : (inject_Z z == inject_Z D * (y - inject_Z k))%Q).
  { unfold z, Z.sub. rewrite inject_Z_plus, inject_Z_opp, <- E. unfold D.
    rewrite !inject_Z_mult. ring. }
  assert (Hz : - (p * D) <= z * s <= p * D) by nia. destruct Hz as [A B].
  rewrite Zle_Qle in A, B. rewrite inject_Z_opp, !inject_Z_mult, Ez in A. rewrite !inject_Z_mult, Ez in B.
  assert (Et : (inject_Z p == tolerance p s * inject_Z s)%Q) by (unfold tolerance; field; lra).
  assert (PDs : (0 < inject_Z D * inject_Z s)%Q) by (apply Qmult_lt_0_compat; assumption).
  rewrite Et in A, B.
  split; apply (Qmult_le_r _ _ (inject_Z D * inject_Z s) PDs); lra.
Qed.

(** The integers stand for a network of [t] units that inverts [1 .. n] within [p / s]. *)
Definition width_at_most (n p s : Z) (t : nat) : Prop :=
  exists N, inverts n (tolerance p s) N /\ width N = t.

(** The same with a total slope of at most [b] and no linear part. *)
Definition slope_at_most (n p s b : Z) : Prop :=
  exists N, inverts n (tolerance p s) N /\ InverseWidth.alpha N == 0 /\
            (total_slope N <= inject_Z b)%Q.

Lemma check_inverts_sound n p s e g alpha beta units :
  check_inverts n p s e g alpha beta units = true ->
  0 < e /\ 0 < g /\ inverts n (tolerance p s) (as_network e g alpha beta units).
Proof.
  unfold check_inverts. intros H. repeat (apply andb_prop in H; destruct H as [H ?]).
  repeat match goal with X : (_ <? _) = true |- _ => apply Z.ltb_lt in X end.
  split; [assumption|]. split; [assumption|]. intros k Hk.
  apply check_value_sound; try assumption; [lia|].
  match goal with X : forallb _ _ = true |- _ => rewrite forallb_forall in X; apply X end.
  apply in_map_iff. exists (Z.to_nat k). split; [lia|]. apply in_seq. lia.
Qed.

(** An accepted network inverts [1 .. n] within [eps]. *)
Theorem check_network_sound n p s t e g alpha beta units :
  check_network n p s t e g alpha beta units = true -> width_at_most n p s t.
Proof.
  unfold check_network. intros H. apply andb_prop in H. destruct H as [Ht H].
  apply Nat.eqb_eq in Ht. exists (as_network e g alpha beta units).
  split; [apply (check_inverts_sound _ _ _ _ _ _ _ _ H) | exact Ht].
Qed.

(** An accepted slope: a network without linear part whose total slope is at most [P]. *)
Theorem check_slope_sound n p s bound e g beta units :
  check_slope n p s bound e g beta units = true -> slope_at_most n p s bound.
Proof.
  unfold check_slope. intros H. apply andb_prop in H. destruct H as [H Hb]. apply Z.leb_le in Hb.
  destruct (check_inverts_sound _ _ _ _ _ _ _ _ H) as [He [Hg Hinv]].
  exists (as_network e g 0 beta units). split; [exact Hinv|]. split; [reflexivity|].
  assert (Pe : (0 < inject_Z e)%Q) by (apply inject_pos; lia).
  assert (Pg : (0 < inject_Z g)%Q) by (apply inject_pos; lia).
  assert (P : (0 < inject_Z e * inject_Z g)%Q) by (apply Qmult_lt_0_compat; assumption).
  apply (Qmult_le_l _ _ (inject_Z e * inject_Z g) P).
  rewrite Zle_Qle, !inject_Z_mult in Hb.
  set (f := fun u => Qabs (inject_Z (unit_a u) / inject_Z g * (inject_Z (unit_w u) / inject_Z e))).
  assert (E : (inject_Z e * inject_Z g * total_slope (as_network e g 0 beta units)
    == inject_Z (fold_right (fun u t => (Z.abs (unit_a u * unit_w u) + t)%Z) 0%Z units))%Q).
  { apply (qsum_list f (fun u => Z.abs (unit_a u * unit_w u)) _ units (0, 0, 0)).
    intros u _. unfold f.
    rewrite <- (Qabs_pos (inject_Z e * inject_Z g)) at 1 by lra. rewrite <- Qabs_Qmult.
    setoid_replace (inject_Z e * inject_Z g * (inject_Z (unit_a u) / inject_Z g * (inject_Z (unit_w u) / inject_Z e)))%Q
      with (inject_Z (unit_a u * unit_w u)) by (rewrite inject_Z_mult; field; lra).
    reflexivity. }
  rewrite E. lra.
Qed.
