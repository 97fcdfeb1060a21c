(** * How many count vectors there are

    Statement.  The vectors of [N^m] with sum [k] number [C(k + m - 1, m - 1)], and
    more objects than boxes means two objects in one box.

    Source: textbook; needed by T8 and T9.  The enumeration follows Pascal's rule:
    a vector with sum [k + 1] either starts with 0, or comes from a vector with sum
    [k] by adding one to its first entry. *)

From Coq Require Import Arith Lia List ZArith.
From Coq Require FinFun.
From Counterproof Require Import Sums Vectors.
Import ListNotations.

(** ** Binomial coefficients and the enumeration *)

Fixpoint binomial (n k : nat) : nat :=
  match n, k with
  | _, O => 1
  | O, S _ => 0
  | S n', S k' => binomial n' k' + binomial n' (S k')
  end.

Definition bump (l : list nat) : list nat :=
  match l with
  | [] => []
  | x :: rest => S x :: rest
  end.

(** All vectors of length [m] with sum [k]. *)
Fixpoint count_vectors (m : nat) : nat -> list (list nat) :=
  match m with
  | O => fun k => match k with O => [[]] | S _ => [] end
  | S m' =>
      fix go (k : nat) : list (list nat) :=
        match k with
        | O => map (cons 0) (count_vectors m' 0)
        | S k' => map (cons 0) (count_vectors m' (S k')) ++ map bump (go k')
        end
  end.

Lemma binomial_above n k : (n < k)%nat -> binomial n k = 0.
Proof.
  revert k. induction n as [|n IH]; intros k H; destruct k as [|k]; try lia; [reflexivity|].
  simpl. rewrite !IH by lia. reflexivity.
Qed.

Lemma binomial_diagonal n : binomial n n = 1.
Proof. induction n as [|n IH]; [reflexivity|]. simpl. rewrite IH, binomial_above; lia. Qed.

Theorem count_vectors_length m k :
  (0 < m)%nat -> length (count_vectors m k) = binomial (k + m - 1) (m - 1).
Proof.
  intros Hm. destruct m as [|m]; [lia|]. clear Hm.
  replace (k + S m - 1)%nat with (k + m)%nat by lia.
  replace (S m - 1)%nat with m by lia.
  revert k. induction m as [|m IHm].
  - induction k as [|k IHk]; [reflexivity|].
    change (count_vectors 1 (S k)) with (map (cons 0) (count_vectors 0 (S k)) ++ map bump (count_vectors 1 k)).
    rewrite app_length, !map_length, IHk. destruct k; reflexivity.
  - induction k as [|k IHk].
    + change (count_vectors (S (S m)) 0) with (map (cons 0) (count_vectors (S m) 0)).
      rewrite map_length, IHm. simpl. rewrite !binomial_diagonal, binomial_above; lia.
    + change (count_vectors (S (S m)) (S k))
        with (map (cons 0) (count_vectors (S m) (S k)) ++ map bump (count_vectors (S (S m)) k)).
      rewrite app_length, !map_length, IHm, IHk.
      replace (S k + S m)%nat with (S (k + S m)) by lia. cbn [binomial].
      replace (S k + m)%nat with (k + S m)%nat by lia. reflexivity.
Qed.

Lemma count_vectors_in m k l :
  In l (count_vectors m k) -> length l = m /\ list_sum l = k.
Proof.
  revert k l. induction m as [|m IHm]; intros k l H.
  - destruct k; simpl in H; [|destruct H]. destruct H as [<-|[]]. split; reflexivity.
  - revert l H. induction k as [|k IHk]; intros l H; simpl in H.
    + apply in_map_iff in H. destruct H as [l' [<- H]]. apply IHm in H. simpl. lia.
    + apply in_app_iff in H. destruct H as [H|H]; apply in_map_iff in H; destruct H as [l' [<- H]].
      * apply IHm in H. simpl. lia.
      * apply IHk in H. destruct l' as [|x l']; simpl in *; lia.
Qed.

Lemma count_vectors_complete m k l :
  length l = m -> list_sum l = k -> In l (count_vectors m k).
Proof.
  revert k l. induction m as [|m IHm]; intros k l Hlen Hsum.
  - destruct l; [|discriminate]. simpl in Hsum. subst k. left. reflexivity.
  - revert l Hlen Hsum. induction k as [|k IHk]; intros [|x l] Hlen Hsum; simpl in Hlen; try lia;
      change (list_sum (x :: l)) with (x + list_sum l)%nat in Hsum; simpl.
    + replace x with 0%nat by lia. apply in_map. apply IHm; lia.
    + apply in_app_iff. destruct x as [|x].
      * left. apply in_map. apply IHm; lia.
      * right. change (S x :: l) with (bump (x :: l)). apply in_map. apply IHk.
        -- simpl. lia.
        -- change (list_sum (x :: l)) with (x + list_sum l)%nat. lia.
Qed.

Lemma count_vectors_nodup m k : NoDup (count_vectors m k).
Proof.
  revert k. induction m as [|m IHm]; intros k.
  - destruct k; simpl; repeat constructor; auto.
  - assert (Hcons : forall j, NoDup (map (cons 0) (count_vectors m j))).
    { intros j. apply FinFun.Injective_map_NoDup; [|apply IHm].
      intros x y E. injection E. auto. }
    induction k as [|k IHk]; simpl; [apply Hcons|].
    set (r := map bump _). assert (Hr : NoDup r).
    { apply FinFun.Injective_map_NoDup; [|exact IHk].
      intros [|x l] [|y l'] E; simpl in E; congruence. }
    revert Hr. assert (Hd : forall l, In l r -> ~ In l (map (cons 0) (count_vectors m (S k)))).
    { intros l H1 H2. apply in_map_iff in H1, H2.
      destruct H1 as [l1 [E1 _]], H2 as [l2 [E2 _]].
      destruct l1 as [|x l1]; simpl in E1; congruence. }
    clearbody r. specialize (Hcons (S k)).
    induction (map (cons 0) (count_vectors m (S k))) as [|y ys IHys]; intros Hr; [exact Hr|].
    inversion Hcons as [|? ? Hy Hys]; subst. simpl. constructor.
    + rewrite in_app_iff. intros [H|H]; [auto|]. apply (Hd y H). left. reflexivity.
    + apply IHys; [exact Hys| |exact Hr]. intros l H1 H2. apply (Hd l H1). right. exact H2.
Qed.

(** ** As count vectors of the theory *)

Definition counts (l : list nat) : nat -> Z := fun j => Z.of_nat (nth j l 0%nat).

Lemma counts_sum l : zsum (length l) (counts l) = Z.of_nat (list_sum l).
Proof.
  induction l as [|x l IH]; [reflexivity|].
  cbn [length]. rewrite zsum_first. unfold counts at 1. cbn [nth].
  rewrite (zsum_ext _ (fun i => counts (x :: l) (S i)) (counts l)) by reflexivity.
  rewrite IH. change (list_sum (x :: l)) with (x + list_sum l)%nat. lia.
Qed.

Lemma counts_nonneg l j : (0 <= counts l j)%Z.
Proof. unfold counts. lia. Qed.

(** Different vectors differ in some entry. *)
Lemma counts_differ l l' :
  length l = length l' -> l <> l' -> exists j, (j < length l)%nat /\ counts l j <> counts l' j.
Proof.
  revert l'. induction l as [|x l IH]; intros [|y l'] Hlen Hne; simpl in Hlen; try lia; [congruence|].
  destruct (Nat.eq_dec x y) as [->|Hxy].
  - destruct (IH l' ltac:(lia) ltac:(congruence)) as [j [Hj Hd]].
    exists (S j). simpl. split; [lia | exact Hd].
  - exists O. simpl. split; [lia|]. unfold counts. simpl. lia.
Qed.

(** A count vector, as a list. *)
Definition as_list (m : nat) (c : nat -> Z) : list nat := map (fun j => Z.to_nat (c j)) (seq 0 m).

Lemma as_list_counts m c j : (j < m)%nat -> (0 <= c j)%Z -> counts (as_list m c) j = c j.
Proof.
  intros Hj Hc. unfold counts, as_list.
  rewrite (nth_indep _ 0%nat (Z.to_nat (c 0%nat))) by (rewrite map_length, seq_length; exact Hj).
  rewrite (map_nth (fun j => Z.to_nat (c j))), seq_nth by exact Hj. simpl. lia.
Qed.

Lemma as_list_in m k c :
  (forall j, (j < m)%nat -> (0 <= c j)%Z) -> zsum m c = Z.of_nat k ->
  In (as_list m c) (count_vectors m k).
Proof.
  intros Hc Hs.
  assert (Hlen : length (as_list m c) = m) by (unfold as_list; rewrite map_length, seq_length; reflexivity).
  apply count_vectors_complete; [exact Hlen|].
  apply Nat2Z.inj. rewrite <- counts_sum, Hlen, <- Hs.
  apply zsum_ext. intros j Hj. apply as_list_counts; auto.
Qed.

(** ** Pigeonholes *)

Lemma nodup_map_on {A B} (f : A -> B) l :
  (forall x y, In x l -> In y l -> f x = f y -> x = y) -> NoDup l -> NoDup (map f l).
Proof.
  induction l as [|a l IH]; intros Hf Hd; simpl; [constructor|].
  inversion Hd as [|? ? Ha Hl]; subst. constructor.
  - intros H. apply in_map_iff in H. destruct H as [b [E Hb]].
    rewrite (Hf a b) in Ha; simpl; auto.
  - apply IH; [|exact Hl]. intros x y Hx Hy. apply Hf; simpl; auto.
Qed.

(** More objects than boxes: two in one. *)
Theorem pigeonhole {A B} (B_dec : forall x y : B, {x = y} + {x <> y}) (f : A -> B) l boxes :
  NoDup l -> (forall x, In x l -> In (f x) boxes) -> (length boxes < length l)%nat ->
  exists x y, In x l /\ In y l /\ x <> y /\ f x = f y.
Proof.
  intros Hd Hf Hlen.
  assert (H : NoDup (map f l) \/ exists x y, In x l /\ In y l /\ x <> y /\ f x = f y).
  { clear Hf Hlen. induction l as [|a l IH]; [left; constructor|].
    inversion Hd as [|? ? Ha Hl]; subst.
    destruct (IH Hl) as [Hn|[x [y [Hx [Hy H]]]]].
    - destruct (in_dec B_dec (f a) (map f l)) as [Hin|Hin]; [|left; simpl; constructor; assumption].
      right. apply in_map_iff in Hin. destruct Hin as [b [E Hb]].
      exists a, b. simpl. repeat split; auto. intros ->. contradiction.
    - right. exists x, y. simpl. auto. }
  destruct H as [H|H]; [exfalso | exact H].
  assert (Hle : (length (map f l) <= length boxes)%nat).
  { apply NoDup_incl_length; [exact H|]. intros b Hb. apply in_map_iff in Hb.
    destruct Hb as [x [<- Hx]]. auto. }
  rewrite map_length in Hle. lia.
Qed.

(** All lists of length [d] over [vals]. *)
Fixpoint tuples {A} (d : nat) (vals : list A) : list (list A) :=
  match d with
  | O => [[]]
  | S k => flat_map (fun x => map (cons x) (tuples k vals)) vals
  end.

Lemma tuples_length {A} d (vals : list A) : length (tuples d vals) = length vals ^ d.
Proof.
  induction d as [|d IH]; [reflexivity|]. simpl. rewrite <- IH.
  generalize (tuples d vals). clear IH. intros ts.
  induction vals as [|x vals IHv]; [reflexivity|].
  simpl. rewrite app_length, map_length, IHv. reflexivity.
Qed.

Lemma tuples_in {A} d (vals l : list A) :
  length l = d -> (forall x, In x l -> In x vals) -> In l (tuples d vals).
Proof.
  revert l. induction d as [|d IH]; intros l Hlen H; destruct l as [|x l]; simpl in Hlen; try lia.
  - left. reflexivity.
  - simpl. apply in_flat_map. exists x. split; [apply H; left; reflexivity|].
    apply in_map. apply IH; [lia|]. intros y Hy. apply H. right. exact Hy.
Qed.
