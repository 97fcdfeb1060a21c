(** * Finitely many states: what they determine, one hidden layer computes

    Statement.  Let [r_1 .. r_K] be points of [Q^d] and [y_1 .. y_K] values such that [r_i = r_j]
    implies [y_i = y_j].  Some network with one hidden layer of ReLU units has the value [y_i]
    at [r_i] for every [i].  In particular ([countable_below_threshold]) an MLP of one hidden
    layer solves QC, MFE and any other task exactly at every length [n < n*], after a
    uniform-attention head with a small output weight.

    Source: textbook for the interpolation, ours for the conclusion; it is what turns "the state determines the answer" (T7) into "some
    MLP computes the answer".  A direction [ell] is chosen that keeps the points apart, then
    each point gets a hat [ReLU(x + h) - 2 ReLU(x) + ReLU(x - h)], [x = <ell, r> - <ell, r_i>],
    that vanishes at all the others. *)

From Coq Require Import Arith Lia List ZArith QArith Qabs Qfield Lqa.
From Counterproof Require Import Sums Vectors UniformCollision QuerySeparation CountVectors.
Import ListNotations.

Local Open Scope Q_scope.

(** A hidden layer and its readout: units [(a, w, b)], value [sum a ReLU(<w, r> + b)]. *)
Definition mlp := list (Q * (nat -> Q) * Q).

Fixpoint mlp_value (d : nat) (units : mlp) (r : nat -> Q) : Q :=
  match units with
  | [] => 0
  | (a, w, b) :: rest => a * relu (dot d w r + b) + mlp_value d rest r
  end.

Lemma mlp_value_app d u u' r : mlp_value d (u ++ u') r == mlp_value d u r + mlp_value d u' r.
Proof. induction u as [|[[a w] b] u IH]; simpl; [ring | rewrite IH; ring]. Qed.

(** The value depends on the state only. *)
Lemma mlp_value_state d units r r' :
  same_state d r r' -> mlp_value d units r == mlp_value d units r'.
Proof.
  intros H. induction units as [|[[a w] b] units IH]; simpl; [reflexivity|].
  rewrite IH. apply Qplus_comp; [|reflexivity]. apply Qmult_comp; [reflexivity|].
  apply relu_proper. apply Qplus_comp; [|reflexivity].
  apply dot_ext; [reflexivity | exact H].
Qed.

(** ** A direction that keeps points apart *)

(** A positive number below finitely many positive ones. *)
Lemma below_all {A} (f : A -> Q) (l : list A) :
  (forall x, In x l -> 0 < f x) -> exists e, 0 < e /\ forall x, In x l -> e <= f x.
Proof.
  induction l as [|x l IH]; intros H.
  - exists 1. split; [lra | intros y []].
  - destruct IH as [e [He Hl]]; [intros; apply H; right; assumption|].
    assert (Hx : 0 < f x) by (apply H; left; reflexivity).
    destruct (Qlt_le_dec e (f x)) as [Hlt|Hle].
    + exists e. split; [exact He|]. intros y [<-|Hy]; [lra | auto].
    + exists (f x). split; [exact Hx|]. intros y [<-|Hy]; [lra|]. specialize (Hl y Hy). lra.
Qed.

(** Finitely many nonzero vectors: one direction orthogonal to none of them. *)
Lemma separating_direction d (us : list (nat -> Q)) :
  (forall u, In u us -> exists t, (t < d)%nat /\ ~ u t == 0) ->
  exists ell, forall u, In u us -> ~ dot d ell u == 0.
Proof.
  induction us as [|u us IH]; intros H; [exists (fun _ => 0); intros u []|].
  destruct IH as [ell Hell]; [intros; apply H; right; assumption|].
  destruct (Qeq_dec (dot d ell u) 0) as [E|Hne].
  2: { exists ell. intros x [<-|Hx]; auto. }
  destruct (H u ltac:(left; reflexivity)) as [t [Ht Hut]].
  (* move a little along coordinate [t], not enough to lose the others *)
  destruct (below_all (fun x => Qabs (dot d ell x) / (1 + Qabs (x t))) us) as [e [He Hl]].
  { intros x Hx. apply Qlt_shift_div_l; [pose proof (Qabs_nonneg (x t)); lra|].
    rewrite Qmult_0_l. specialize (Hell x Hx).
    destruct (Qlt_le_dec 0 (Qabs (dot d ell x))) as [Hp|Hn]; [exact Hp | exfalso].
    apply Hell. revert Hn. apply Qabs_case; intros; lra. }
  exists (fun i => ell i + e * delta t i).
  assert (Edot : forall x, dot d (fun i => ell i + e * delta t i) x == dot d ell x + e * x t).
  { intros x. unfold dot.
    rewrite (qsum_ext d _ (fun i => ell i * x i + e * (delta t i * x i))) by (intros; ring).
    rewrite qsum_plus, qsum_scale. rewrite (qsum_single d t (fun i => delta t i * x i) Ht).
    - rewrite delta_same. ring.
    - intros i _ Hi. rewrite delta_other by auto. ring. }
  intros x [<-|Hx]; rewrite Edot.
  - rewrite E, Qplus_0_l. intros Hz. apply Qmult_integral in Hz. destruct Hz; [lra | auto].
  - specialize (Hl x Hx). specialize (Hell x Hx). cbv beta in Hl.
    pose proof (Qabs_nonneg (x t)) as Ha.
    assert (Hb : e * (1 + Qabs (x t)) <= Qabs (dot d ell x)).
    { apply (Qmult_le_compat_r _ _ (1 + Qabs (x t))) in Hl; [|lra].
      setoid_replace (Qabs (dot d ell x) / (1 + Qabs (x t)) * (1 + Qabs (x t)))
        with (Qabs (dot d ell x)) in Hl by (field; lra). exact Hl. }
    assert (Hc : Qabs (e * x t) < Qabs (dot d ell x)).
    { rewrite Qabs_Qmult, (Qabs_pos e) by lra. lra. }
    intros Hz. revert Hc.
    setoid_replace (e * x t) with (- dot d ell x) by lra. rewrite Qabs_opp. lra.
Qed.

(** ** Hats *)

Definition hat (ell : nat -> Q) (center h y : Q) : mlp :=
  [(y / h, ell, h - center); (-2 * y / h, ell, - center); (y / h, ell, - h - center)].

Lemma hat_center d ell center h y r :
  0 < h -> dot d ell r == center -> mlp_value d (hat ell center h y) r == y.
Proof.
  intros Hh E. unfold hat. simpl. rewrite E.
  rewrite (relu_pos (center + (h - center))) by lra.
  rewrite (relu_neg (center + - center)) by lra.
  rewrite (relu_neg (center + (- h - center))) by lra. field. lra.
Qed.

Lemma hat_outside d ell center h y r :
  0 < h -> h <= Qabs (dot d ell r - center) -> mlp_value d (hat ell center h y) r == 0.
Proof.
  intros Hh. unfold hat. cbn [mlp_value]. set (x := dot d ell r).
  pattern (Qabs (x - center)). apply Qabs_case; intros _ Hd.
  - rewrite (relu_pos (x + (h - center))) by lra. rewrite (relu_pos (x + - center)) by lra.
    rewrite (relu_pos (x + (- h - center))) by lra. field. lra.
  - rewrite (relu_neg (x + (h - center))) by lra. rewrite (relu_neg (x + - center)) by lra.
    rewrite (relu_neg (x + (- h - center))) by lra. ring.
Qed.

(** Distinct numbers among finitely many are apart by some [h > 0]. *)
Lemma spacing {A} (x : A -> Q) (points : list A) :
  exists h, 0 < h /\ forall p s, In p points -> In s points ->
    ~ x p == x s -> h <= Qabs (x p - x s).
Proof.
  set (pairs := filter (fun ps => negb (Qeq_bool (x (fst ps)) (x (snd ps))))
                  (list_prod points points)).
  assert (Hpairs : forall p s, In (p, s) pairs <-> In p points /\ In s points /\ ~ x p == x s).
  { intros p s. unfold pairs. rewrite filter_In, in_prod_iff. simpl.
    destruct (Qeq_bool (x p) (x s)) eqn:E; simpl.
    - apply Qeq_bool_eq in E. split; [intros [_ F]; discriminate | intros [_ [_ F]]; contradiction].
    - apply Qeq_bool_neq in E. tauto. }
  destruct (below_all (fun ps => Qabs (x (fst ps) - x (snd ps))) pairs) as [h [Hh Hmin]].
  - intros [p s] Hps. apply Hpairs in Hps. destruct Hps as [_ [_ Hne]]. simpl.
    destruct (Qlt_le_dec 0 (Qabs (x p - x s))) as [Hp|Hn]; [exact Hp | exfalso].
    apply Hne. revert Hn. apply Qabs_case; intros; lra.
  - exists h. split; [exact Hh|]. intros p s Hp Hs Hne.
    apply (Hmin (p, s)). apply Hpairs. auto.
Qed.

(** Hats for the points of [l]: right where some point of [l] lies, zero elsewhere. *)
Lemma hats d {A} ell (points : list A) (r : A -> nat -> Q) (y : A -> Q) h :
  0 < h ->
  (forall p s, In p points -> In s points -> ~ dot d ell (r p) == dot d ell (r s) ->
     h <= Qabs (dot d ell (r p) - dot d ell (r s))) ->
  (forall p s, In p points -> In s points -> dot d ell (r p) == dot d ell (r s) -> y p == y s) ->
  forall l, incl l points -> exists units, forall p, In p points ->
    ((exists s, In s l /\ dot d ell (r s) == dot d ell (r p)) -> mlp_value d units (r p) == y p) /\
    ((forall s, In s l -> ~ dot d ell (r s) == dot d ell (r p)) -> mlp_value d units (r p) == 0).
Proof.
  intros Hh Hgap Hy l. induction l as [|s l IH]; intros Hl.
  { exists []. intros p _. split; [intros [s [[] _]] | reflexivity]. }
  assert (Hs : In s points) by (apply Hl; left; reflexivity).
  destruct IH as [units Hu]; [intros p Hp; apply Hl; right; exact Hp|].
  destruct (Exists_dec (fun s' => dot d ell (r s') == dot d ell (r s)) l
              (fun s' => Qeq_dec _ _)) as [Hin|Hout].
  - (* the place is taken *)
    apply Exists_exists in Hin. destruct Hin as [s' [Hs' E]].
    exists units. intros p Hp. destruct (Hu p Hp) as [H1 H0]. split.
    + intros [s0 [[<-|Hs0] E0]]; apply H1; [exists s' | exists s0]; split; auto.
      rewrite E. exact E0.
    + intros Hnone. apply H0. intros s0 Hs0. apply Hnone. right. exact Hs0.
  - rewrite <- Forall_Exists_neg in Hout. rewrite Forall_forall in Hout.
    exists (hat ell (dot d ell (r s)) h (y s) ++ units).
    intros p Hp. destruct (Hu p Hp) as [H1 H0]. rewrite mlp_value_app.
    destruct (Qeq_dec (dot d ell (r p)) (dot d ell (r s))) as [E|Hne].
    + rewrite (hat_center d ell _ h (y s) (r p) Hh E). split.
      * intros _. rewrite H0, Qplus_0_r.
        -- symmetry. apply Hy; assumption.
        -- intros s0 Hs0 E0. apply (Hout s0 Hs0). rewrite E0. exact E.
      * intros Hnone. exfalso. apply (Hnone s (or_introl eq_refl)). symmetry. exact E.
    + rewrite (hat_outside d ell _ h (y s) (r p) Hh (Hgap p s Hp Hs Hne)), Qplus_0_l. split.
      * intros [s0 [[<-|Hs0] E0]]; [symmetry in E0; contradiction | apply H1; exists s0; auto].
      * intros Hnone. apply H0. intros s0 Hs0. apply Hnone. right. exact Hs0.
Qed.

(** Values that the points determine are computed by one hidden layer. *)
Theorem interpolation d {A} (points : list A) (r : A -> nat -> Q) (y : A -> Q) :
  (forall p s, In p points -> In s points ->
     y p == y s \/ exists t, (t < d)%nat /\ ~ r p t == r s t) ->
  exists units, forall p, In p points -> mlp_value d units (r p) == y p.
Proof.
  intros H.
  set (pairs := filter (fun ps => negb (Qeq_bool (y (fst ps)) (y (snd ps))))
                  (list_prod points points)).
  destruct (separating_direction d (map (fun ps t => r (fst ps) t - r (snd ps) t) pairs))
    as [ell Hell].
  { intros u Hu. apply in_map_iff in Hu. destruct Hu as [[p s] [<- Hps]].
    unfold pairs in Hps. rewrite filter_In, in_prod_iff in Hps. simpl in Hps |- *.
    destruct Hps as [[Hp Hs] Hne]. apply Bool.negb_true_iff, Qeq_bool_neq in Hne.
    destruct (H p s Hp Hs) as [E|[t [Ht Hd]]]; [contradiction|].
    exists t. split; [exact Ht|]. intros E. apply Hd. lra. }
  assert (Hy : forall p s, In p points -> In s points ->
            dot d ell (r p) == dot d ell (r s) -> y p == y s).
  { intros p s Hp Hs E. destruct (Qeq_dec (y p) (y s)) as [Ey|Hne]; [exact Ey | exfalso].
    apply (Hell (fun t => r p t - r s t)).
    - apply in_map_iff. exists (p, s). split; [reflexivity|].
      unfold pairs. rewrite filter_In, in_prod_iff. simpl. split; [auto|].
      apply Bool.negb_true_iff. destruct (Qeq_bool (y p) (y s)) eqn:Eb; [|reflexivity].
      apply Qeq_bool_eq in Eb. contradiction.
    - transitivity (dot d ell (r p) - dot d ell (r s)); [|lra].
      unfold dot. rewrite <- qsum_minus. apply qsum_ext. intros t _. ring. }
  destruct (spacing (fun p => dot d ell (r p)) points) as [h [Hh Hgap]].
  destruct (hats d ell points r y h Hh Hgap Hy points (incl_refl _)) as [units Hu].
  exists units. intros p Hp. apply (Hu p Hp). exists p. split; [exact Hp | reflexivity].
Qed.

(** ** Below [n*] an MLP counts *)

(** The answer of a task depends on the counts of the [m] tokens. *)
Definition task_on (m : nat) (task : (nat -> Z) -> nat -> Z) : Prop :=
  forall c c' q, (q < m)%nat -> (forall j, (j < m)%nat -> c j = c' j) -> task c q = task c' q.

Lemma qc_task m : task_on m (fun c q => c q).
Proof. intros c c' q Hq H. apply H. exact Hq. Qed.

Lemma mfe_task m : task_on m (fun c _ => largest m c).
Proof.
  intros c c' _ _. induction m as [|m IH]; intros H; simpl; [reflexivity|].
  rewrite IH by (intros; apply H; lia). rewrite (H m) by lia. reflexivity.
Qed.

Lemma residual_counts w m n v c c' q t :
  (forall j, (j < m)%nat -> c j = c' j) -> residual w m n v c q t == residual w m n v c' q t.
Proof.
  intros H. unfold residual. apply Qplus_comp; [reflexivity|]. apply Qmult_comp; [reflexivity|].
  apply qsum_ext. intros j Hj. unfold frequency. rewrite (H j Hj). reflexivity.
Qed.

(** T7: below [n*] one hidden layer computes the task exactly on every input. *)
Theorem countable_below_threshold d m v bound gap w n task :
  (forall j t, (j < m)%nat -> (t < d)%nat -> - bound <= v j t <= bound) ->
  (forall p q, (p < m)%nat -> (q < m)%nat -> p <> q ->
     exists t, (t < d)%nat /\ gap <= Qabs (v p t - v q t)) ->
  0 < w -> 2 * w * bound < gap ->
  (forall z, relation d m v z -> nonzero m z -> (2 * (n - 1) < l1 m z)%Z) ->
  task_on m task ->
  exists units, forall c q, input m n c q ->
    mlp_value d units (residual w m n v c q) == inject_Z (task c q).
Proof.
  intros Hb Hsep Hw Hgap Hmin Htask.
  set (points := filter (fun lq => Z.leb 1 (counts (fst lq) (snd lq)))
                   (list_prod (count_vectors m (Z.to_nat n)) (seq 0 m))).
  destruct (Z_lt_le_dec n 1) as [Hn|Hn].
  { exists []. intros c q Hin. pose proof (input_n_pos _ _ _ _ Hin). lia. }
  assert (Hpoints : forall l q, In (l, q) points -> input m n (counts l) q).
  { intros l q H. unfold points in H. rewrite filter_In, in_prod_iff in H. simpl in H.
    destruct H as [[Hl Hq] H1]. apply count_vectors_in in Hl. destruct Hl as [Hlen Hsum].
    apply in_seq in Hq. split; [lia | intros; apply counts_nonneg | | apply Z.leb_le; exact H1].
    rewrite <- Hlen, counts_sum, Hsum. lia. }
  destruct (interpolation d points (fun lq => residual w m n v (counts (fst lq)) (snd lq))
              (fun lq => inject_Z (task (counts (fst lq)) (snd lq)))) as [units Hu].
  { intros [l q] [l' q'] Hp Hp'. cbn [fst snd].
    pose proof (Hpoints l q Hp) as Hin. pose proof (Hpoints l' q' Hp') as Hin'.
    set (r := residual w m n v (counts l) q). set (r' := residual w m n v (counts l') q').
    assert (Hdec : (exists t, (t < d)%nat /\ ~ r t == r' t) \/ same_state d r r').
    { unfold same_state. clear. induction d as [|k IH]; [right; intros; lia|].
      destruct IH as [[t [Ht Hd]]|IH]; [left; exists t; split; [lia | exact Hd]|].
      destruct (Qeq_dec (r k) (r' k)) as [E|Hd]; [|left; exists k; split; [lia | exact Hd]].
      right. intros t Ht. destruct (Nat.eq_dec t k) as [->|]; [exact E | apply IH; lia]. }
    destruct Hdec as [Hd|Hs]; [right; exact Hd | left].
    destruct (below_threshold d m v bound gap Hb Hsep w n _ q _ q' Hw Hgap Hmin Hin Hin' Hs)
      as [-> Hc].
    rewrite (Htask _ (counts l') q' (input_query _ _ _ _ Hin') Hc). reflexivity. }
  exists units. intros c q Hin.
  assert (Hc : forall j, (j < m)%nat -> c j = counts (as_list m c) j)
    by (intros j Hj; symmetry; apply as_list_counts; [|apply (input_nonneg _ _ _ _ Hin)]; exact Hj).
  pose proof (input_query _ _ _ _ Hin) as Hq.
  rewrite (mlp_value_state d units _ (residual w m n v (counts (as_list m c)) q))
    by (intros t _; apply residual_counts; exact Hc).
  rewrite (Htask c _ q Hq Hc). apply (Hu (as_list m c, q)).
  unfold points. rewrite filter_In, in_prod_iff. simpl. split; [split|].
  - apply as_list_in; [apply (input_nonneg _ _ _ _ Hin)|].
    rewrite (input_sum _ _ _ _ Hin). lia.
  - apply in_seq. lia.
  - apply Z.leb_le. rewrite <- (Hc q Hq). apply (input_present _ _ _ _ Hin).
Qed.
